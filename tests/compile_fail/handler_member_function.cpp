// expect: serval: a member function needs its object: std::bind_front\(&service::method, &object\)
#include <serval/serval.hpp>

#include <functional>

struct shop {
    int count() { return 1; }
};

void add(serval::app& app, shop& served)
{
#ifdef SERVAL_FIXED
    app.get("/", std::bind_front(&shop::count, &served));
#else
    static_cast<void>(served);
    app.get("/", &shop::count); // error here
#endif
}
