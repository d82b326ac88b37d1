// What differential.py asks besides contract_app: values that replace others, bounds of all numbers, response
// models, streams, e-mail addresses, and whole requests. Its twin in Python is differential_models.py.
#include "fastapi/contract_models.hpp"

#include <serval/run.hpp>
#include <serval/serval.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace serval_differential {

using namespace serval::params;
using serval_contract::integer;
using serval_contract::item;

struct inner {
    serval::defaulted<integer> a = 1;
    std::optional<integer> b = 2;
    std::vector<integer> c;
};

/// Members that are required and have an initialiser, which nothing must be left of.
struct initialised {
    std::optional<integer> o = 5;
    std::vector<std::string> tags{"initial"};
    std::map<std::string, integer> scores{{"initial", 1}};
    inner nested{.a = 10, .b = 20, .c = {30}};
    serval::defaulted<std::vector<integer>> sizes = std::vector<integer>{1, 2};
    std::optional<inner> maybe = inner{.a = 100, .b = 200, .c = {300}};
    serval::defaulted<std::optional<double>> ratio = std::optional<double>{0.5};
};

struct bounded {
    float ratio;
    serval::defaulted<float> step = 0.5F;
    serval::defaulted<double> share = 0.25;
    serval::defaulted<std::uint8_t> small = std::uint8_t{7};
    serval::defaulted<std::uint64_t> large = 9'223'372'036'854'775'808ULL;
    serval::defaulted<std::uint32_t> even = 2U;
};
constexpr auto rules(serval::rules_for<bounded>)
{
    using namespace serval;
    return model_rules<member<"ratio", ge(0.1), lt(0.7)>, member<"step", multiple_of(0.1)>,
                       member<"share", gt(0.1), le(0.7)>,
                       member<"large", ge(9'223'372'036'854'775'808ULL), lt(18'446'744'073'709'551'615ULL)>,
                       member<"even", multiple_of(2)>>{};
}

struct account {
    std::string name;
    serval::decimal price;
    serval::timedelta length;
    serval::defaulted<std::string> password = "secret";
    std::optional<integer> age = 4;
    inner more;
};

struct shown {
    std::string name;
    serval::decimal price;
    serval::timedelta length;
    std::optional<integer> age;
    inner more;
    serval::defaulted<integer> level = 3;
};
constexpr auto rules(serval::rules_for<shown>)
{
    return serval::model_rules<serval::member<"name", serval::min_length(2)>>{};
}

struct contact {
    serval::email address;
};

/// What a request had.
struct received {
    integer p;
    std::optional<std::string> q;
    integer n;
    std::vector<integer> l;
    std::optional<double> f;
    std::string x_token;
    std::vector<std::string> x_tag;
    std::optional<integer> c;
};

struct filter {
    serval::defaulted<integer> limit = 100;
    std::optional<std::string> word = "none";
    serval::defaulted<std::vector<integer>> ids = std::vector<integer>{1};
    serval::defaulted<bool> deep = false;
};
constexpr auto rules(serval::rules_for<filter>)
{
    return serval::model_rules<serval::member<"limit", serval::gt(0), serval::le(100)>,
                               serval::forbid_extra>{};
}

struct form_answer {
    std::string a;
    integer n;
    std::vector<integer> l;
    std::optional<double> f;
};

serval::generator<item> lines(body<std::vector<item>> items)
{
    for (item const& one : *items)
        co_yield one;
}

serval::generator<shown> shown_lines(body<std::vector<shown>> items)
{
    for (shown const& one : *items)
        co_yield one;
}

void add_bodies(serval::app& a)
{
    a.post("/initialised", [](body<initialised> i) { return *i; });
    a.post("/bounded", [](body<bounded> b) { return *b; });
    a.post("/shown", [](body<account> b) { return *b; }).response_model<shown>();
    a.post("/allshown", [](body<std::vector<account>> b) { return *b; }).response_model<std::vector<shown>>();
    a.post("/same", [](body<initialised> i) { return *i; }).response_model<initialised>();
    a.post("/stream", lines);
    a.post("/shownstream", shown_lines);
    a.post("/contact", [](body<contact> c) { return *c; });
    a.post("/item", [](body<item> i) { return *i; });
    a.get("/dec/{v}", [](path<"v", serval::decimal> v) { return *v; }).response_model<serval::decimal>();
    a.get("/td/{v}", [](path<"v", serval::timedelta> v) { return *v; });
}

void add_requests(serval::app& a)
{
    a.get("/whole/{p}",
          [](path<"p", integer, ge(1)> p, query<"q", std::optional<std::string>, max_length(5)> q,
             query<"n", integer, def(7), le(100)> n,
             query<"l", std::vector<integer>, def_empty, max_length(3)> l,
             query<"f", std::optional<double>, gt(0), lt(1e6)> f,
             header<"x_token", std::string, def("none"), min_length(2)> token,
             header<"x_tag", std::vector<std::string>, def_empty> tags,
             cookie<"c", std::optional<integer>> c) {
              return received{*p, *q, *n, *l, *f, *token, *tags, *c};
          });
    a.get("/needs/{p}",
          [](path<"p", integer> p, query<"q", std::string> q, query<"n", integer> n,
             query<"l", std::vector<integer>> l, header<"x_token", std::string> token,
             cookie<"c", integer> c) { return received{*p, *q, *n, *l, std::nullopt, *token, {}, *c}; });
    a.get("/filter", [](query_model<filter> f) { return *f; });
    a.post("/both/{p}", [](path<"p", integer> p, query<"n", integer, def(7)>, body<inner> b) {
        return inner{*p, (*b).b, (*b).c};
    });
    a.post("/form",
           [](form<"a", std::string, min_length(2)> text, form<"n", integer, def(3)> n,
              form<"l", std::vector<integer>, def_empty> l,
              form<"f", std::optional<double>, ge(0.5)> f) { return form_answer{*text, *n, *l, *f}; });
    a.post("/formmodel", [](form_model<filter> f) { return *f; });
}

} // namespace serval_differential

int main(int argc, char** argv)
{
    serval::app a{{.title = "differential", .version = "0.1.0"}};
    serval_differential::add_bodies(a);
    serval_differential::add_requests(a);
    return serval::run(a, argc, argv);
}
