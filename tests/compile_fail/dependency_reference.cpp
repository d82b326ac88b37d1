// expect: serval: a dependency must give a value, not a reference
#include <serval/serval.hpp>

using namespace serval::params;

int counter = 0;

#ifdef SERVAL_FIXED
int* count()
{
    return &counter;
}
#else
int& count()
{
    return counter;
}
#endif

void add(serval::app& app)
{
    app.get("/", [](depends<&count>) { return 1; }); // error here
}
