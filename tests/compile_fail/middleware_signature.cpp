// expect: serval: a middleware is task<response>\(request&, next\)
#include <serval/serval.hpp>

void add(serval::app& app)
{
#ifdef SERVAL_FIXED
    app.middleware(
        [](serval::request& r, serval::next rest) -> serval::task<serval::response> { return rest(r); });
#else
    app.middleware([](serval::request&) { return serval::response{}; }); // error here
#endif
}
