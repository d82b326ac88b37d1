// expect: serval: g\+\+ 12 destroys the temporary of `co_yield model\{...\}` twice: name the model
#include <serval/serval.hpp>

#include <functional>
#include <string>

struct item {
    std::string name;
};

serval::generator<item> items()
{
#ifdef SERVAL_FIXED
    item one{.name = "lamp"};
    co_yield std::ref(one);
#else
    co_yield item{.name = "lamp"}; // gcc12-ok: it does not compile // error here
#endif
}

void add(serval::app& app)
{
    app.get("/", items);
}
