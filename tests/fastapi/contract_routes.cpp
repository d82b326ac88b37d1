#include "fastapi/contract_routes.hpp"

#include "fastapi/contract_models.hpp"

#include <serval/json.hpp>

#include <chrono>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace serval_contract {

namespace {

using namespace serval::params;
using serval::app;
using serval::http_error;
using serval::json;

struct float_answer {
    double v;
};

void add_conversions(app& a)
{
    a.get("/int/{v}", [](path<"v", integer> v) { return *v; });
    a.get("/float/{v}", [](path<"v", double> v) { return float_answer{*v}; });
    a.get("/bool/{v}", [](path<"v", bool> v) { return *v; });
    a.get("/uuid/{v}", [](path<"v", serval::uuid> v) { return *v; });
    a.get("/datetime/{v}", [](path<"v", serval::datetime> v) { return *v; });
    a.get("/date/{v}", [](path<"v", std::chrono::year_month_day> v) { return *v; });
    a.get("/time/{v}", [](path<"v", serval::time_of_day> v) { return *v; });
    a.get("/td/{v}", [](path<"v", serval::timedelta> v) { return v->total_seconds(); });
    a.get("/enum/{v}", [](path<"v", color> v) { return *v; });
    a.get("/ienum/{v}", [](path<"v", num> v) { return *v; });
    a.get("/lit/{v}", [](path<"v", serval::literal<"a", "b">> v) { return *v; });
    a.get("/dec/{v}", [](path<"v", serval::decimal> v) { return *v; });
    a.get("/url", [](query<"v", serval::url> v) { return *v; });
}

void add_parameters(app& a)
{
    a.get("/rng", [](query<"ge", integer, ge(1), def(5)>, query<"gt", integer, gt(1), def(5)>,
                     query<"le", integer, le(10), def(5)>, query<"lt", integer, lt(10), def(5)>,
                     query<"fge", double, ge(1.5), def(5)>, query<"fle", double, le(10), def(5)>,
                     query<"mo", integer, multiple_of(3), def(3)>) { return 1; });
    a.get("/str", [](query<"mn", std::string, min_length(3), def("aaa")>,
                     query<"mn1", std::string, min_length(1), def("a")>,
                     query<"mx", std::string, max_length(5), def("a")>,
                     query<"mx1", std::string, max_length(1), def("a")>,
                     query<"p", std::string, pattern("^[a-z]+$"), def("a")>) { return 1; });
    a.get("/list", [](query<"v", std::vector<integer>, max_length(3), min_length(2)> v) { return *v; });
    a.get("/list2", [](query<"v", std::vector<integer>, def_empty> v) { return *v; });
    a.get("/req", [](query<"q", std::string>, query<"n", integer>, header<"h", std::string>,
                     header<"x_token", std::string>, cookie<"c", std::string>) { return 1; });
    a.get("/opt", [](query<"q", std::optional<integer>> q) { return *q; });
    a.get("/hdr", [](header<"x_count", integer>, cookie<"ck", integer, def(1)>) { return 1; });
    a.get("/file/{p:path}", [](path<"p", std::string> p) { return json(*p); });
}

void add_bodies(app& a)
{
    a.post("/item", [](body<item> i) { return *i; });
    a.post("/items", [](body<std::vector<item>> items) { return *items; });
    a.post("/two", [](body<item, "item">, body<user, "user">) { return 1; });
    a.post("/scalar", [](body<integer> n) { return *n; });
    a.post("/embed", [](body<integer, "n"> n) { return *n; });
    a.post("/strict", [](body<strict> s) { return *s; });
    a.post("/user", [](body<user> u) { return *u; });
    a.post("/optbody", [](body<std::optional<item>> i) { return *i; });
    a.post("/types", [](body<types> t) { return *t; });
}

/// Starlette reads a part's header fields as ISO-8859-1; serval gives their bytes.
std::string from_latin_1(std::string_view bytes)
{
    std::string utf8;
    for (char const c : bytes) {
        auto const code = static_cast<unsigned char>(c);
        if (code < 0x80) {
            utf8 += c;
        } else {
            utf8 += static_cast<char>(0xC0 | code >> 6);
            utf8 += static_cast<char>(0x80 | (code & 0x3F));
        }
    }
    return utf8;
}

json described(serval::upload_file const& f)
{
    json fields = json::object();
    for (auto const& [name, value] : f.headers())
        fields[name] = from_latin_1(value);
    json type;
    if (!f.content_type().empty()) type = from_latin_1(f.content_type());
    return {f.filename(), f.size(), type, fields};
}

void add_forms(app& a)
{
    a.post("/form", [](form<"username", std::string> username, form<"age", integer, def(3)> age) {
        return json{*username, json::parse(age->str())};
    });
    a.post("/file", [](file<"file"> f) { return described(*f); });
    a.post("/files", [](files<"files"> received) {
        json all = json::array();
        for (auto const& f : *received)
            all.push_back({f.filename(), f.size()});
        return all;
    });
    a.post("/mix", [](file<"file"> f, form<"description", std::string> description,
                      form<"tags", std::string, def("")> tags, form<"category", std::string> category) {
        return json{f->filename(), *description, *tags, *category};
    });
    a.post("/optfile", [](file<"file", std::optional<serval::upload_file>> f) {
        return *f ? json((*f)->filename()) : json();
    });
    a.post("/filebytes", [](file<"file", std::string> content) { return content->size(); });
}

void add_errors(app& a)
{
    a.get("/exc", []() -> int { throw http_error::with_json(418, R"({"a":1})", {{"X-Err", "yes"}}); });
    a.get("/exc2", []() -> int { throw http_error(404); });
    a.get("/exc204", []() -> int { throw http_error(204, "x"); });
    a.get("/boom", []() -> int { throw std::runtime_error("x"); });
}

void add_answers(app& a)
{
    a.get("/multi", [] { return 1; });
    a.post("/multi", [] { return 1; });
    a.get("/resp", [] { return json{{"a", "x"}}; }).response_model<out>();
    a.get("/none", [] {});
    a.get("/s204", [] {}).status(204);
    a.get("/nan", [] { return std::numeric_limits<double>::quiet_NaN(); });
    a.get("/slash/", [] { return 1; });
}

} // namespace

void add_routes(app& a)
{
    add_conversions(a);
    add_parameters(a);
    add_bodies(a);
    add_forms(a);
    add_errors(a);
    add_answers(a);
}

} // namespace serval_contract
