// expect: serval: a handler must give a std::string or a std::vector, not a view
#include <serval/serval.hpp>

#include <span>
#include <vector>

#ifdef SERVAL_FIXED
using numbers = std::vector<int>;
#else
using numbers = std::span<int const>;
#endif

void add(serval::app& app)
{
    app.get("/", [](serval::params::query<"n", std::vector<int>> n) -> numbers { return *n; }); // error here
}
