// expect: serval: a parameter has two options of one kind
#include <serval/serval.hpp>

using namespace serval::params;

void add(serval::app& app)
{
#ifdef SERVAL_FIXED
    app.get("/twice", [](query<"n", int, ge(5), le(9)> n) { return 2 * *n; });
#else
    app.get("/twice", [](query<"n", int, ge(5), ge(6)> n) { return 2 * *n; }); // error here
#endif
}
