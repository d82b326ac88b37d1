// expect: serval: a std::string_view owns nothing: take a std::string
#include <serval/serval.hpp>

#include <string_view>

using namespace serval::params;

#ifdef SERVAL_FIXED
int length(query<"text", std::string> text)
#else
int length(query<"text", std::string_view> text)
#endif
{
    return static_cast<int>(text->size());
}

void add(serval::app& app)
{
    app.get("/length", length); // error here
}
