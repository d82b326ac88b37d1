// expect: serval: this is nlohmann's json: #include <serval/json.hpp> and take a serval::json
#include <serval/serval.hpp>

#ifdef SERVAL_FIXED
#include <serval/json.hpp>
using value = serval::json;
#else
#include <nlohmann/json.hpp>
using value = nlohmann::json;
#endif

void add(serval::app& app)
{
    app.post("/", [](serval::params::body<value>) { return 1; }); // error here
}
