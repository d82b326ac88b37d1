// expect: serval: a handler parameter must be path<>, query<>
#include <serval/serval.hpp>

#include <string_view>

#ifdef SERVAL_FIXED
serval::task<int> length(serval::params::query<"text", std::string> text)
{
    co_return static_cast<int>(text->size());
}
#else
serval::task<int> length(std::string_view text)
{
    co_return static_cast<int>(text.size());
}
#endif

void add(serval::app& app)
{
    app.get("/length", length); // error here
}
