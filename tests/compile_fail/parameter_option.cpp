// expect: serval: a parameter takes def, def_empty, ge, gt
#include <serval/serval.hpp>

using namespace serval::params;

void add(serval::app& app)
{
#ifdef SERVAL_FIXED
    app.get("/twice", [](query<"n", int, ge(5)> n) { return 2 * *n; });
#else
    app.get("/twice", [](query<"n", int, 5> n) { return 2 * *n; }); // error here
#endif
}
