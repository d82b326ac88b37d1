// expect: serval: a coroutine handler must take its parameters by value
#include <serval/serval.hpp>

using namespace serval::params;

#ifdef SERVAL_FIXED
serval::task<int> length(query<"text", std::string> text)
#else
serval::task<int> length(query<"text", std::string> const& text)
#endif
{
    co_return static_cast<int>(text->size());
}

void add(serval::app& app)
{
    app.get("/length", length); // error here
}
