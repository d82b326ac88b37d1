// expect: serval: a dependency must give a value
#include <serval/serval.hpp>

using namespace serval::params;

#ifdef SERVAL_FIXED
int check()
{
    return 1;
}
#else
void check() {}
#endif

void add(serval::app& app)
{
    app.get("/", [](depends<&check>) { return 1; }); // error here
}
