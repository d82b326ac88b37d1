// expect: serval: a handler must be a function or an object with exactly one call operator
#include <serval/serval.hpp>

using namespace serval::params;

void add(serval::app& app)
{
#ifdef SERVAL_FIXED
    app.get("/twice", [](query<"n", int> n) { return 2 * *n; });
#else
    app.get("/twice", [](auto n) { return 2 * *n; }); // error here
#endif
}
