// expect: serval: braces alone are no JSON: write serval::json
#include <serval/json.hpp>
#include <serval/testing/test_client.hpp>

int post(serval::test_client& client)
{
#ifdef SERVAL_FIXED
    return client.post_json("/", serval::json{{"id", 1}}).status;
#else
    return client.post_json("/", {{"id", 1}}).status; // error here
#endif
}
