// expect: serval: braces alone are no JSON: write serval::json
#include <serval/json.hpp>
#include <serval/serval.hpp>

void refuse()
{
#ifdef SERVAL_FIXED
    throw serval::http_error::with_json(418, serval::json{{"id", 1}});
#else
    throw serval::http_error::with_json(418, {{"id", 1}}); // error here
#endif
}
