// expect: serval: a background task that is a coroutine must be a function or an object with exactly one call
// operator (no auto parameters)
#include <serval/serval.hpp>

void add(serval::background_tasks& tasks)
{
#ifdef SERVAL_FIXED
    tasks.add([](int) -> serval::task<void> { co_return; }, 1);
#else
    tasks.add([](auto) -> serval::task<void> { co_return; }, 1); // error here
#endif
}
