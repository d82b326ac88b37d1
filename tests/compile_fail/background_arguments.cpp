// expect: serval: a background task must be callable with its arguments, as values that are moved in
#include <serval/serval.hpp>

#include <string>

void send_email(std::string, int) {}

void add(serval::background_tasks& tasks)
{
#ifdef SERVAL_FIXED
    tasks.add(send_email, "joe", 1);
#else
    tasks.add(send_email, "joe"); // error here
#endif
}
