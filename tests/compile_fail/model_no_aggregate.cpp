// expect: serval: this type is neither an aggregate nor described
#include <serval/serval.hpp>

using namespace serval::params;

struct item {
#ifndef SERVAL_FIXED
    item() = default;
    explicit item(int n) : number{n} {}
#endif
    int number = 0;
};

int number_of(body<item> i)
{
    return i->number;
}

void add(serval::app& app)
{
    app.post("/number", number_of); // error here
}
