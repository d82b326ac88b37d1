// expect: serval: what is yielded is a task, not its value: a co_await is missing
#include <serval/serval.hpp>

serval::task<std::string> fetch();

serval::generator<std::string> lines()
{
#ifdef SERVAL_FIXED
    co_yield co_await fetch();
#else
    co_yield fetch(); // error here
#endif
}

void add(serval::app& app)
{
    app.get("/", lines);
}
