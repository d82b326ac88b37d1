// expect: serval: braces alone are no JSON: write serval::json
#include <serval/json.hpp>
#include <serval/serval.hpp>

serval::response created()
{
#ifdef SERVAL_FIXED
    return serval::response(201, serval::json{{"state", "new"}});
#else
    return serval::response(201, {{"state", "new"}}); // error here
#endif
}
