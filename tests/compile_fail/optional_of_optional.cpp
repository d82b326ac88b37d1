// expect: serval: std::optional<std::optional<T>> says nothing more than std::optional<T>
#include <serval/serval.hpp>

using namespace serval::params;

struct item {
    std::string name;
#ifdef SERVAL_FIXED
    std::optional<int> price;
#else
    std::optional<std::optional<int>> price;
#endif
};

void add(serval::app& app)
{
    app.post("/items", [](body<item> posted) { return posted->name; });
}
