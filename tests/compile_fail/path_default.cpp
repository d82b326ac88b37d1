// expect: serval: a path<> parameter cannot have a default
#include <serval/serval.hpp>

using namespace serval::params;

void add(serval::app& app)
{
#ifdef SERVAL_FIXED
    app.get("/{n}", [](path<"n", int> n) { return *n; });
#else
    app.get("/{n}", [](path<"n", int, def(1)> n) { return *n; }); // error here
#endif
}
