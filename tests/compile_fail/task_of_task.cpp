// expect: serval: a handler gives a task of a task: a co_await is missing
#include <serval/serval.hpp>

serval::task<std::string> fetch();

void add(serval::app& app)
{
#ifdef SERVAL_FIXED
    app.get("/", []() -> serval::task<std::string> { return fetch(); });
#else
    app.get("/", []() -> serval::task<serval::task<std::string>> { co_return fetch(); }); // error here
#endif
}
