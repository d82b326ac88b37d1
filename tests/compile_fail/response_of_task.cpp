// expect: serval: this is a task, not its value: a co_await is missing
#include <serval/serval.hpp>

struct item {
    int id = 0;
};

serval::task<item> fetch();

serval::task<serval::response> show()
{
#ifdef SERVAL_FIXED
    item const found = co_await fetch();
    co_return serval::response(201, found);
#else
    co_return serval::response(201, fetch()); // error here
#endif
}

void add(serval::app& app)
{
    app.get("/", show);
}
