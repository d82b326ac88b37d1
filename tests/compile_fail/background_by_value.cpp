// expect: serval: take this parameter as a plain reference
#include <serval/serval.hpp>

#ifdef SERVAL_FIXED
int handler(serval::background_tasks&)
#else
int handler(serval::background_tasks)
#endif
{
    return 1;
}

void add(serval::app& app)
{
    app.get("/", handler); // error here
}
