// expect: serval: a dependency must own what it gives: a std::string or a std::vector, not a view
#include <serval/serval.hpp>

#include <string_view>

using namespace serval::params;

#ifdef SERVAL_FIXED
using text = std::string;
#else
using text = std::string_view;
#endif

serval::task<text> token(header<"authorization", std::string> authorization)
{
    co_return *authorization;
}

void add(serval::app& app)
{
    app.get("/", [](depends<&token>) { return 1; }); // error here
}
