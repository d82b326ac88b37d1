// expect: serval: a parameter is no value: a \* is missing before its name
#include <serval/serval.hpp>

using namespace serval::params;

std::string greet(query<"name", std::string> name)
{
#ifdef SERVAL_FIXED
    return "Hello " + *name;
#else
    return std::string(name == "Ada" ? "Hello" : "Bye"); // error here
#endif
}

void add(serval::app& app)
{
    app.get("/", greet);
}
