// expect: serval: a handler gives one of its parameters, not its value: a \* is missing
#include <serval/serval.hpp>

using namespace serval::params;

void add(serval::app& app)
{
#ifdef SERVAL_FIXED
    app.get("/{id}", [](path<"id", int> id) { return *id; });
#else
    app.get("/{id}", [](path<"id", int> id) { return id; }); // error here
#endif
}
