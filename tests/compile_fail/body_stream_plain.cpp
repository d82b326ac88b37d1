// expect: serval: a body_stream& or multipart_reader& is awaited: make the handler a coroutine that returns
// serval::task<R>
#include <serval/serval.hpp>

#ifdef SERVAL_FIXED
serval::task<int> take(serval::body_stream&)
{
    co_return 1;
}
#else
int take(serval::body_stream&)
{
    return 1;
}
#endif

void add(serval::app& app)
{
    app.post("/", take); // error here
}
