// expect: serval: a parameter is no value: a \* is missing before its name
#include <serval/json.hpp>
#include <serval/serval.hpp>

using namespace serval::params;

serval::json show(path<"id", int> id)
{
#ifdef SERVAL_FIXED
    return {{"id", *id}};
#else
    return {{"id", id}}; // error here
#endif
}

void add(serval::app& app)
{
    app.get("/{id}", show);
}
