// expect: serval: this type is neither an aggregate nor described
// and: is_model<std::variant<int, std::
#include <serval/serval.hpp>

#include <string>
#include <variant>

struct item {
#ifdef SERVAL_FIXED
    std::string value;
#else
    std::variant<int, std::string> value;
#endif
};

void add(serval::app& app)
{
    app.post("/items", [](serval::params::body<item>) { return 1; }); // error here
}
