// expect: serval: a model with a base class must be described: BOOST_DESCRIBE_STRUCT
// and: has_no_base<item
#include <serval/serval.hpp>

struct named {
    std::string name;
};

#ifdef SERVAL_FIXED
struct item {
    named base;
#else
struct item : named {
#endif
    int price = 0;
};

void add(serval::app& app)
{
    app.post("/items", [](serval::params::body<item>) { return 1; }); // error here
}
