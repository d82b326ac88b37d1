// expect: serval: a task stands in a serval::json, not its value: a co_await is missing
#include <serval/json.hpp>
#include <serval/serval.hpp>

serval::task<std::string> fetch();

serval::task<serval::json> show()
{
#ifdef SERVAL_FIXED
    auto const text = co_await fetch();
#else
    auto const text = fetch();
#endif
    co_return serval::json{{"text", std::move(text)}}; // error here
}

void add(serval::app& app)
{
    app.get("/", show);
}
