// expect: serval: an exception handler is response\(request&, E const&\)
#include <serval/serval.hpp>

#include <stdexcept>

void add(serval::app& app)
{
#ifdef SERVAL_FIXED
    app.exception_handler<std::runtime_error>(
        [](serval::request&, std::runtime_error const&) { return serval::response{400}; });
#else
    app.exception_handler<std::runtime_error>(
        [](std::runtime_error const&) { return serval::response{400}; }); // error here
#endif
}
