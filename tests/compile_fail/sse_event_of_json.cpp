// expect: serval: sse_event takes text: serval::sse_event::json\(value\) sends a value as JSON
#include <serval/json.hpp>
#include <serval/serval.hpp>

serval::sse_event made(serval::json const& value)
{
#ifdef SERVAL_FIXED
    return serval::sse_event::json(value);
#else
    return serval::sse_event(value); // error here
#endif
}
