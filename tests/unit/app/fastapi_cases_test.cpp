// FastAPI's recorded answers (tests/fastapi/cases.json), asked of the same application in C++.
#include <serval/json.hpp>
#include <serval/serval.hpp>
#include <serval/test_client.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <fstream>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace serval {
namespace {

using namespace serval::params;

enum class color { red, green, blue };

struct item {
    std::string name;
    double price;
    defaulted<int> qty = 1;
    defaulted<std::vector<std::string>> tags;
};

struct user {
    std::string username;
    serval::email email;
    std::string full_name;
};

struct types {
    defaulted<int> i = 0;
    defaulted<double> f = 0;
    defaulted<bool> b = false;
    defaulted<std::string> s;
    std::optional<datetime> d;
    std::optional<uuid> u;
    defaulted<color> e = color::red;
    defaulted<std::vector<int>> l;
    defaulted<std::map<std::string, int>> m;
    std::optional<item> o;
    std::optional<std::chrono::year_month_day> dd;
};

struct float_answer {
    double v;
};

void add_conversions(app& a)
{
    a.get("/int/{v}", [](path<"v", int> v) { return *v; });
    a.get("/float/{v}", [](path<"v", double> v) { return float_answer{*v}; });
    a.get("/bool/{v}", [](path<"v", bool> v) { return *v; });
    a.get("/uuid/{v}", [](path<"v", uuid> v) { return *v; });
    a.get("/datetime/{v}", [](path<"v", datetime> v) { return *v; });
    a.get("/date/{v}", [](path<"v", std::chrono::year_month_day> v) { return *v; });
    a.get("/time/{v}", [](path<"v", time_of_day> v) { return *v; });
    a.get("/td/{v}", [](path<"v", std::chrono::microseconds> v) { return *v; });
    a.get("/enum/{v}", [](path<"v", color> v) { return *v; });
}

void add_parameters(app& a)
{
    a.get("/rng", [](query<"ge", int, ge(1), def(5)>, query<"gt", int, gt(1), def(5)>,
                     query<"le", int, le(10), def(5)>, query<"lt", int, lt(10), def(5)>,
                     query<"fge", double, ge(1.5), def(5)>, query<"fle", double, le(10), def(5)>,
                     query<"mo", int, multiple_of(3), def(3)>) { return 1; });
    a.get("/list", [](query<"v", std::vector<int>, max_length(3), min_length(2)> v) { return *v; });
    a.get("/list2", [](query<"v", std::vector<int>, def_empty> v) { return *v; });
    a.get("/req", [](query<"q", std::string>, query<"n", int>, header<"h", std::string>,
                     header<"x_token", std::string>, cookie<"c", std::string>) { return 1; });
    a.get("/opt", [](query<"q", std::optional<int>> q) { return *q; });
    a.get("/hdr", [](header<"x_count", int>, cookie<"ck", int, def(1)>) { return 1; });
    a.get("/file/{p:path}", [](path<"p", std::string> p) { return json(*p); });
}

void add_bodies(app& a)
{
    a.post("/item", [](body<item> i) { return *i; });
    a.post("/items", [](body<std::vector<item>> i) { return *i; });
    a.post("/two", [](body<item, "item">, body<user, "user">) { return 1; });
    a.post("/scalar", [](body<int> n) { return *n; });
    a.post("/embed", [](body<int, "n"> n) { return *n; });
    a.post("/user", [](body<user> u) { return *u; });
    a.post("/optbody", [](body<std::optional<item>> i) { return *i; });
    a.post("/types", [](body<types> t) { return *t; });
}

json described(upload_file const& f)
{
    json fields = json::object();
    for (auto const& [name, value] : f.headers())
        fields[name] = value;
    json type;
    if (!f.content_type().empty()) type = f.content_type();
    return {f.filename(), f.size(), type, fields};
}

void add_forms(app& a)
{
    a.post("/form", [](form<"username", std::string> username, form<"age", int, def(3)> age) {
        return json{*username, *age};
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
    a.post("/optfile",
           [](file<"file", std::optional<upload_file>> f) { return *f ? json((*f)->filename()) : json(); });
}

void add_others(app& a)
{
    a.get("/exc", []() -> int { throw http_error::with_json(418, R"({"a":1})", {{"X-Err", "yes"}}); });
    a.get("/exc204", []() -> int { throw http_error(204, "x"); });
    a.get("/multi", [] { return 1; });
    a.post("/multi", [] { return 1; });
    a.get("/none", [] {});
    a.get("/nan", [] { return std::numeric_limits<double>::quiet_NaN(); });
}

/// Where serval answers something else on purpose.
struct deviation {
    std::string_view method;
    std::string_view target;
    std::string_view request_body;
    std::string_view reason;
    int status;
    std::string_view body;
    std::string_view allow = {};
};

constexpr std::string_view not_allowed = R"({"detail":"Method Not Allowed"})";

constexpr std::array deviations{
    deviation{"GET", "/int/99999999999999999999999", "", "integers have the width of their C++ type", 422,
              R"({"detail":[{"type":"int_parsing_size","loc":["path","v"],"msg":"Unable to parse input )"
              R"(string as an integer, exceeded maximum size","input":"99999999999999999999999"}]})"},
    deviation{
        "GET", "/float/nan", "", "JSON has no NaN: refused at the door, not at the answer", 422,
        R"({"detail":[{"type":"finite_number","loc":["path","v"],"msg":"Input should be a finite number",)"
        R"("input":"nan"}]})"},
    deviation{
        "GET", "/float/-inf", "", "JSON has no infinity: refused at the door, not at the answer", 422,
        R"({"detail":[{"type":"finite_number","loc":["path","v"],"msg":"Input should be a finite number",)"
        R"("input":"-inf"}]})"},
    deviation{"POST", "/item", "NaN", "NaN is no JSON; FastAPI fails on its own 422", 422,
              R"({"detail":[{"type":"json_invalid","loc":["body",0],"msg":"JSON decode error","input":{},)"
              R"("ctx":{"error":"Expecting value"}}]})"},
    deviation{
        "POST", "/file",
        "--395f304cd1405e3441b6c88d5906a6e7\r\nContent-Disposition: form-data; name=\"file\"; "
        "filename=\"na\u00c3\u00afve %22q%22.txt\"\r\nContent-Type: text/plain\r\n\r\nx\r\n"
        "--395f304cd1405e3441b6c88d5906a6e7--\r\n",
        "a part's header fields are as sent, not read as ISO-8859-1", 200,
        "[\"na\u00efve %22q%22.txt\",1,\"text/plain\",{\"content-disposition\":\"form-data; "
        "name=\\\"file\\\"; filename=\\\"na\u00efve %22q%22.txt\\\"\",\"content-type\":\"text/plain\"}]"},
    deviation{"POST", "/form",
              "--f3181ca44c1400c9def30d6ef0a06b8a\r\nContent-Disposition: form-data; name=\"username\"; "
              "filename=\"f.txt\"\r\nContent-Type: text/plain\r\n\r\nx\r\n"
              "--f3181ca44c1400c9def30d6ef0a06b8a--\r\n",
              "a file is echoed as its name, not as Python's temporary file", 422,
              R"({"detail":[{"type":"string_type","loc":["body","username"],"msg":"Input should be a valid )"
              R"(string","input":"f.txt"}]})"},
    deviation{
        "POST", "/file", "--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nabc",
        "a form that is cut short is no form", 400, R"({"detail":"There was an error parsing the body"})"},
    deviation{"POST", "/file",
              "--B\r\nContent-Disposition: form-data; name=\"file\"; "
              "filename=\"../../etc/passwd\"\r\n\r\nabc\r\n--B--\r\n",
              "filename() is safe", 200,
              R"(["passwd",3,null,{"content-disposition":"form-data; name=\"file\"; )"
              R"(filename=\"../../etc/passwd\""}])"},
    deviation{"POST", "/file",
              "--B\r\nContent-Disposition: form-data; name=\"file\"; "
              "filename*=utf-8''na%C3%AFve.txt\r\n\r\nabc\r\n--B--\r\n",
              "filename* is a file name, too", 200,
              R"(["naïve.txt",3,null,{"content-disposition":"form-data; name=\"file\"; )"
              R"(filename*=utf-8''na%C3%AFve.txt"}])"},
    deviation{"PUT", "/multi", "", "Allow is complete", 405, not_allowed, "GET, HEAD, POST, OPTIONS"},
    deviation{"DELETE", "/item", "", "Allow is complete", 405, not_allowed, "POST, OPTIONS"},
    deviation{"HEAD", "/multi", "", "HEAD is answered where GET is", 200, ""},
    deviation{"OPTIONS", "/multi", "", "OPTIONS is answered", 204, "", "GET, HEAD, POST, OPTIONS"},
};

/// What a later issue brings (docs) or C++ has no type for (Literal, Decimal, URL, IntEnum, bytes).
bool is_asked(json const& c)
{
    std::string const target = c["target"];
    auto const first = target.substr(0, target.find_first_of("/?", 1));
    constexpr std::array<std::string_view, 6> others{"/filebytes", "/lit", "/dec", "/url", "/ienum", "/docs"};
    return std::find(others.begin(), others.end(), first) == others.end();
}

std::string bytes_of_latin1(std::string const& utf8)
{
    std::string bytes;
    for (std::size_t i = 0; i != utf8.size(); ++i) {
        auto const c = static_cast<unsigned char>(utf8[i]);
        if (c < 0x80) {
            bytes += utf8[i];
        } else {
            bytes += static_cast<char>(((c & 0x03U) << 6U) | (static_cast<unsigned char>(utf8[++i]) & 0x3FU));
        }
    }
    return bytes;
}

deviation const* find_deviation(json const& c)
{
    auto const found = std::find_if(deviations.begin(), deviations.end(), [&](deviation const& d) {
        return c["method"] == d.method && c["target"] == d.target && c["body_latin1"] == d.request_body;
    });
    return found == deviations.end() ? nullptr : &*found;
}

void compare(test_response const& got, json const& c)
{
    if (auto const* const d = find_deviation(c)) {
        EXPECT_EQ(got.status, d->status) << d->reason;
        EXPECT_EQ(got.body, d->body) << d->reason;
        EXPECT_EQ(got.header("allow").value_or(""), d->allow) << d->reason;
        return;
    }
    EXPECT_EQ(got.status, c["status"].get<int>());
    EXPECT_EQ(got.body, c["resp_body"].get<std::string>());
    for (auto const& [name, value] : c["resp_headers"].items())
        EXPECT_EQ(got.header(name).value_or("absent"), value.get<std::string>()) << name;
    EXPECT_EQ(got.header("content-type").has_value(), c["resp_headers"].contains("content-type"));
}

TEST(fastapi_cases, are_answered_byte_for_byte)
{
    app a;
    add_conversions(a);
    add_parameters(a);
    add_bodies(a);
    add_forms(a);
    add_others(a);
    test_client client{a};
    std::ifstream file{SERVAL_TEST_DATA_DIR "/fastapi/cases.json"};
    auto const recorded = json::parse(file);
    std::size_t asked = 0;
    std::size_t deviated = 0;
    for (auto const& group : recorded["cases"]) {
        for (auto const& c : group) {
            if (!is_asked(c)) continue;
            SCOPED_TRACE(c["method"].get<std::string>() + " " + c["target"].get<std::string>() + " " +
                         c["body_latin1"].get<std::string>());
            test_client::header_list headers;
            for (auto const& [name, value] : c["headers"].items())
                headers.emplace_back(name, value.get<std::string>());
            auto const got = client.request(c["method"].get<std::string>(), c["target"].get<std::string>(),
                                            headers, bytes_of_latin1(c["body_latin1"].get<std::string>()));
            compare(got, c);
            ++asked;
            deviated += find_deviation(c) != nullptr ? 1 : 0;
        }
    }
    EXPECT_GE(asked, 130U);
    EXPECT_EQ(deviated, deviations.size()) << "each deviation is about a case";
}

} // namespace
} // namespace serval
