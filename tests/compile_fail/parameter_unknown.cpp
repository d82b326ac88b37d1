// expect: serval: a handler parameter must be path<>, query<>
#include <serval/serval.hpp>

#ifdef SERVAL_FIXED
int twice(serval::params::query<"n", int> n)
{
    return 2 * *n;
}
#else
int twice(int n)
{
    return 2 * n;
}
#endif

void add(serval::app& app)
{
    app.get("/twice", twice); // error here
}
