// expect: serval: the destructor of a value must not throw
#include <serval/serval.hpp>

using namespace serval::params;

struct session {
#ifndef SERVAL_FIXED
    ~session() noexcept(false) {}
#else
    ~session() {}
#endif
    int user = 1;
};

session open_session()
{
    return {};
}

void add(serval::app& app)
{
    app.get("/", [](depends<&open_session> session) { return session->user; }); // error in serval's headers
}
