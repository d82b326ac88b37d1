// expect: serval: response::body takes text: serval::response\(status, value\) sends a value as JSON
#include <serval/json.hpp>
#include <serval/serval.hpp>

serval::response created()
{
#ifdef SERVAL_FIXED
    return serval::response(201, serval::json{{"id", 1}});
#else
    return serval::response(201).body(serval::json{{"id", 1}}); // error here
#endif
}

void add(serval::app& app)
{
    app.post("/", created);
}
