// expect: serval: a background task outlives its request: pass it a std::string or a std::vector, not a view
#include <serval/serval.hpp>

#include <string>
#include <string_view>

void log_task(std::string_view) {}

void add(serval::background_tasks& tasks, serval::request& request)
{
#ifdef SERVAL_FIXED
    tasks.add(log_task, std::string{request.path()});
#else
    tasks.add(log_task, request.path()); // error here
#endif
}
