// expect: serval: a handler must give a std::string or a std::vector, not a view
#include <serval/serval.hpp>

#include <string_view>

#ifdef SERVAL_FIXED
using text = std::string;
#else
using text = std::string_view;
#endif

serval::task<text> greeting(serval::params::path<"name", std::string> name)
{
    co_return *name;
}

void add(serval::app& app)
{
    app.get("/{name}", greeting); // error here
}
