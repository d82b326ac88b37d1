// expect: serval: a member has two rules of one kind
#include <serval/serval.hpp>

struct order {
    int amount;
};

constexpr auto rules(serval::rules_for<order>)
{
#ifdef SERVAL_FIXED
    return serval::model_rules<serval::member<"amount", serval::ge(1), serval::le(5)>>{};
#else
    return serval::model_rules<serval::member<"amount", serval::ge(1), serval::ge(5)>>{};
#endif
}

void add(serval::app& app)
{
    app.post("/", [](serval::params::body<order> o) { return o->amount; });
}
