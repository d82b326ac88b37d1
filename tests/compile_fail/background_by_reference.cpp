// expect: serval: a background task that is a coroutine must take its parameters by value, and no views
#include <serval/serval.hpp>

#include <string>

#ifdef SERVAL_FIXED
serval::task<void> send_email(std::string to)
#else
serval::task<void> send_email(std::string const& to)
#endif
{
    co_await serval::sleep_for(std::chrono::seconds(1));
    static_cast<void>(to);
}

void add(serval::background_tasks& tasks)
{
    tasks.add(send_email, "joe"); // error here
}
