// expect: serval: a model has 1 to 32 members
#include <serval/serval.hpp>

using namespace serval::params;

struct large {
    int a0, a1, a2, a3, a4, a5, a6, a7, a8, a9;
    int b0, b1, b2, b3, b4, b5, b6, b7, b8, b9;
    int c0, c1, c2, c3, c4, c5, c6, c7, c8, c9;
    int d0, d1;
#ifndef SERVAL_FIXED
    int d2;
#endif
};

int first(body<large> l)
{
    return l->a0;
}

void add(serval::app& app)
{
    app.post("/first", first); // error here
}
