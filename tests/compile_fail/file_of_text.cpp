// expect: serval: a file<> is an upload_file or a std::optional<upload_file>; files<> takes several
#include <serval/serval.hpp>

using namespace serval::params;

void add(serval::app& app)
{
#ifdef SERVAL_FIXED
    app.post("/", [](file<"f", std::optional<serval::upload_file>>) { return 1; });
#else
    app.post("/", [](file<"f", std::string>) { return 1; }); // error here
#endif
}
