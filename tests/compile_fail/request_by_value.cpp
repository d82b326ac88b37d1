// expect: serval: take this parameter as a plain reference, request&
#include <serval/serval.hpp>

#ifdef SERVAL_FIXED
std::string path_of(serval::request& r)
#else
std::string path_of(serval::request const& r)
#endif
{
    return std::string{r.path()};
}

void add(serval::app& app)
{
    app.get("/path", path_of); // error here
}
