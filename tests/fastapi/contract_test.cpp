// FastAPI's recorded answers (cases.json), asked of the same application in C++, in process. Where serval
// answers something else on purpose stands in deviations.json, with the reason.
#include "fastapi/contract_routes.hpp"

#include <serval/json.hpp>
#include <serval/serval.hpp>
#include <serval/testing/test_client.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <fstream>
#include <iostream>
#include <string>
#include <string_view>

namespace serval_contract {
namespace {

using serval::json;

json read(std::string const& name)
{
    std::ifstream file{SERVAL_TEST_DATA_DIR "/fastapi/" + name};
    return json::parse(file);
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

/// Whether an entry of deviations.json is about a case: each of its keys says the same.
bool is_about(json const& deviation, json const& c)
{
    constexpr std::string_view keys[] = {"method", "target", "body_latin1"};
    return std::all_of(std::begin(keys), std::end(keys), [&](std::string_view key) {
        std::string const name{key};
        return !deviation.contains(name) || deviation[name] == c[name];
    });
}

serval::test_response ask(serval::test_client& client, json const& c)
{
    serval::test_client::header_list headers;
    for (auto const& [name, value] : c["headers"].items())
        headers.emplace_back(name, value.get<std::string>());
    return client.request(c["method"].get<std::string>(), c["target"].get<std::string>(), headers,
                          bytes_of_latin1(c["body_latin1"].get<std::string>()));
}

bool equals_recorded(serval::test_response const& got, json const& c)
{
    bool equal = got.status == c["status"].get<int>() && got.body == c["resp_body"].get<std::string>() &&
                 got.header("content-type").has_value() == c["resp_headers"].contains("content-type");
    for (auto const& [name, value] : c["resp_headers"].items())
        equal = equal && got.header(name).value_or("absent") == value.get<std::string>();
    return equal;
}

void expect_deviation(serval::test_response const& got, json const& expected)
{
    if (expected.contains("status")) {
        EXPECT_EQ(got.status, expected["status"].get<int>());
    }
    if (expected.contains("body")) {
        EXPECT_EQ(got.body, expected["body"].get<std::string>());
    }
    if (!expected.contains("headers")) return;
    for (auto const& [name, value] : expected["headers"].items())
        EXPECT_EQ(got.header(name).value_or("absent"), value.get<std::string>()) << name;
}

TEST(fastapi_contract, is_kept_byte_for_byte_but_for_the_listed_deviations)
{
    serval::app a;
    add_routes(a);
    serval::test_client client{a};
    auto const recorded = read("cases.json");
    auto deviations = read("deviations.json");
    std::size_t equal = 0;
    std::size_t deliberate = 0;
    std::size_t unequal = 0;
    for (auto const& group : recorded["cases"]) {
        for (auto const& c : group) {
            auto const got = ask(client, c);
            auto const listed = std::find_if(deviations.begin(), deviations.end(),
                                             [&](json const& one) { return is_about(one, c); });
            if (listed != deviations.end()) {
                SCOPED_TRACE(c["method"].get<std::string>() + " " + c["target"].get<std::string>());
                expect_deviation(got, *listed);
                (*listed)["met"] = true;
                ++deliberate;
            } else if (equals_recorded(got, c)) {
                ++equal;
            } else {
                ++unequal;
                ADD_FAILURE() << c.dump(1) << "\ngot " << got.status << " " << got.body;
            }
        }
    }
    for (auto const& one : deviations)
        EXPECT_TRUE(one.contains("met")) << "a deviation without a case: " << one;
    std::cout << "contract: " << equal << " equal, " << deliberate << " deliberate, " << unequal
              << " unequal\n";
    EXPECT_EQ(equal + deliberate, 146U);
}

TEST(fastapi_contract, answers_an_exception_as_fastapi_does)
{
    serval::app a;
    add_routes(a);
    serval::test_client client{a};
    auto const got = client.get("/boom");
    EXPECT_EQ(got.status, 500);
    EXPECT_EQ(got.body, "Internal Server Error");
    EXPECT_EQ(client.get("/resp").status, 500);
    EXPECT_EQ(client.get("/exc2").body, R"({"detail":"Not Found"})");
    EXPECT_EQ(client.get("/s204").status, 204);
}

} // namespace
} // namespace serval_contract
