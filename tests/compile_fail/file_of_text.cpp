// expect: serval: a file<> is an upload_file, a std::string or std::vector<std::byte> that takes the whole
// content
#include <serval/serval.hpp>

using namespace serval::params;

void add(serval::app& app)
{
#ifdef SERVAL_FIXED
    app.post("/", [](file<"f", std::optional<std::string>>) { return 1; });
#else
    app.post("/", [](file<"f", int>) { return 1; }); // error here
#endif
}
