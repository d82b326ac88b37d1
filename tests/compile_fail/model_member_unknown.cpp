// expect: serval: this type is neither an aggregate nor described
#include <serval/serval.hpp>

#include <memory>

using namespace serval::params;

struct item {
    std::string name;
#ifdef SERVAL_FIXED
    std::optional<int> price;
#else
    std::unique_ptr<int> price;
#endif
};

std::string name_of(body<item> i)
{
    return i->name;
}

void add(serval::app& app)
{
    app.post("/name", name_of); // error here
}
