#include "server/settings_check.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <functional>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

namespace serval::server_impl {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t most = std::numeric_limits<std::size_t>::max();

/// What the check says of the default settings after `change`; empty when it takes them.
std::string refusal(std::function<void(settings&)> const& change)
{
    settings options;
    change(options);
    try {
        checked(options);
        return {};
    } catch (std::invalid_argument const& error) {
        return error.what();
    }
}

template <class Part, class Value>
std::string refusal_of(Part settings::* part, Value Part::* member, Value value)
{
    return refusal([&](settings& options) { options.*part.*member = value; });
}

TEST(settings_check, names_the_setting_its_value_and_what_it_may_be)
{
    EXPECT_EQ(refusal([](settings& s) { s.limits.header_count = 129; }),
              "settings: limits.header_count is 129, and must be from 1 to 128");
    EXPECT_EQ(refusal([](settings& s) { s.limits.handler_timeout = -1ms; }),
              "settings: limits.handler_timeout is -1 ms, and must be 0 ms or longer");
    EXPECT_EQ(refusal([](settings& s) { s.limits.head_timeout = 0ms; }),
              "settings: limits.head_timeout is 0 ms, and must be longer than 0 ms");
    EXPECT_EQ(refusal([](settings& s) { s.limits.connections = 0; }),
              "settings: limits.connections is 0, and must be at least 1");
}

TEST(settings_check, refuses_times_that_have_passed_the_end_of_their_type)
{
    using member = std::chrono::milliseconds limits::*;
    struct {
        char const* name;
        member time;
        bool may_be_zero;
    } const times[] = {
        {"head_timeout", &limits::head_timeout, false},
        {"keep_alive_timeout", &limits::keep_alive_timeout, false},
        {"rate_grace", &limits::rate_grace, false},
        {"handler_timeout", &limits::handler_timeout, true},
        {"linger_timeout", &limits::linger_timeout, true},
    };
    for (auto const& one : times) {
        SCOPED_TRACE(one.name);
        auto const refused = [&](std::chrono::milliseconds value) {
            auto const said = refusal_of(&settings::limits, one.time, value);
            return !said.empty() && said.find(std::string{"limits."} + one.name) != said.npos;
        };
        EXPECT_TRUE(refused(-1ms));
        EXPECT_TRUE(refused(std::chrono::milliseconds::min()));
        EXPECT_EQ(refused(0ms), !one.may_be_zero);
        EXPECT_FALSE(refused(std::chrono::milliseconds::max()));
    }
    EXPECT_NE(refusal([](settings& s) { s.shutdown_timeout = -1ms; }), "");
    EXPECT_NE(refusal([](settings& s) { s.hold_warning = -1ms; }), "");
    EXPECT_EQ(refusal([](settings& s) { s.shutdown_timeout = std::chrono::milliseconds::max(); }), "");
}

TEST(settings_check, refuses_numbers_out_of_range)
{
    std::vector<std::pair<char const*, std::function<void(settings&)>>> const wrong{
        {"limits.request_line", [](settings& s) { s.limits.request_line = 15; }},
        {"limits.request_line", [](settings& s) { s.limits.request_line = most; }},
        {"limits.header_block", [](settings& s) { s.limits.header_block = 0; }},
        {"limits.header_block", [](settings& s) { s.limits.header_block = most; }},
        {"limits.header_count", [](settings& s) { s.limits.header_count = 0; }},
        {"limits.part_headers", [](settings& s) { s.limits.part_headers = 0; }},
        {"limits.part_header_block", [](settings& s) { s.limits.part_header_block = 15; }},
        {"threads", [](settings& s) { s.threads = 1025; }},
        {"pool_threads", [](settings& s) { s.pool_threads = 0; }},
        {"pool_threads", [](settings& s) { s.pool_threads = most; }},
        {"file_threads", [](settings& s) { s.file_threads = 0; }},
        {"file_threads", [](settings& s) { s.file_threads = 10'001; }},
        {"unix_mode", [](settings& s) { s.unix_mode = 01000; }},
        {"host", [](settings& s) { s.host.clear(); }},
    };
    for (auto const& [name, change] : wrong)
        EXPECT_EQ(refusal(change).rfind(std::string{"settings: "} + name + " is ", 0), 0U) << name;
}

TEST(settings_check, names_the_place_that_cannot_be_listened_on)
{
    auto const refusal_with = [](std::vector<listen_address> const& places) {
        return refusal([&](settings& s) { s.also_listen = places; });
    };
    EXPECT_EQ(
        refusal_with({{.port = 1}, {.host = ""}}),
        "settings: also_listen[1].host is empty, and must be an address or a name: 0.0.0.0 or :: are all "
        "of this machine");
    EXPECT_EQ(refusal_with({{.unix_path = "/a", .unix_mode = 01000}}),
              "settings: also_listen[0].unix_mode is 512, and must be from 0 to 511");
    EXPECT_EQ(refusal_with({{.port = 8000}}),
              "settings: also_listen[0] is 127.0.0.1:8000, and must be a place that none before it is");
    EXPECT_EQ(refusal_with({{.host = "::1", .port = 80}, {.host = "::1", .port = 80}}),
              "settings: also_listen[1] is [::1]:80, and must be a place that none before it is");
    EXPECT_EQ(refusal_with({{.unix_path = "/a"}, {.port = 0}, {.unix_path = "/a"}}),
              "settings: also_listen[2] is unix:/a, and must be a place that none before it is");
    EXPECT_EQ(refusal_with({{.port = 0}, {.port = 0}, {.port = 8001}, {.host = "", .unix_path = "/a"}}), "");
}

TEST(settings_check, takes_the_greatest_numbers_for_no_bound)
{
    EXPECT_EQ(refusal([](settings& s) {
                  s.limits = {.json_body = most,
                              .raw_body = most,
                              .form_body = most,
                              .multipart_body = most,
                              .file_memory = most,
                              .form_files = most,
                              .form_fields = most,
                              .form_field = most,
                              .form_text = most,
                              .part_headers = most,
                              .part_header_block = most,
                              .query_parameters = most,
                              .connections = most,
                              .discard_body = most,
                              .minimum_rate = most,
                              .background_tasks = most,
                              .linger_bytes = most};
                  s.pool_queue = most;
              }),
              "");
    EXPECT_EQ(refusal([](settings& s) {
                  s.limits = {.json_body = 0, .query_parameters = 0, .discard_body = 0, .minimum_rate = 0};
                  s.pool_queue = 0;
                  s.threads = 0;
                  s.unix_mode = 0;
              }),
              "");
    EXPECT_EQ(refusal([](settings& s) {
                  s.host.clear();
                  s.unix_path = "/run/app.sock";
              }),
              "");
}

} // namespace
} // namespace serval::server_impl
