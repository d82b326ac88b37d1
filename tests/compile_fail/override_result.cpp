// expect: serval: a replacement must give what the dependency gives
#include <serval/serval.hpp>

int limit()
{
    return 10;
}

void add(serval::app& app)
{
#ifdef SERVAL_FIXED
    app.override_dependency<&limit>([] { return 5; });
#else
    app.override_dependency<&limit>([] { return 5.5; }); // error here
#endif
}
