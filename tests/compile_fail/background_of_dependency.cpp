// expect: serval: a background task outlives its request: pass it a std::string or a std::vector, not a view,
// and a dependency's value, not depends<>
#include <serval/serval.hpp>

#include <string>

using namespace serval::params;

std::string user()
{
    return "ada";
}
void greet(std::string const&) {}

void add(serval::background_tasks& tasks, depends<&user> who)
{
#ifdef SERVAL_FIXED
    tasks.add(greet, *who);
#else
    tasks.add(greet, who); // error here
#endif
}
