// expect: serval: a handler must give a value, not a reference
#include <serval/serval.hpp>

int counter = 0;

#ifdef SERVAL_FIXED
int count()
#else
int& count()
#endif
{
    return ++counter;
}

void add(serval::app& app)
{
    app.get("/", count); // error here
}
