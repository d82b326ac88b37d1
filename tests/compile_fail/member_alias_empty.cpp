// expect: serval: alias\(""\) is no name
#include <serval/serval.hpp>

struct order {
    int amount;
};

constexpr auto rules(serval::rules_for<order>)
{
#ifdef SERVAL_FIXED
    return serval::model_rules<serval::member<"amount", serval::alias("sum")>>{};
#else
    return serval::model_rules<serval::member<"amount", serval::alias("")>>{};
#endif
}

void add(serval::app& app)
{
    app.post("/", [](serval::params::body<order> o) { return o->amount; });
}
