// Answers that are given before a request has come in: the client receives them, though it goes on sending.
#include "support/running_server.hpp"

#include <serval/serval.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

using namespace std::chrono_literals;
using namespace serval::params;
using serval::test::eventually;
using serval::test::get;
using serval::test::raw_client;
using serval::test::running_server;
using serval::test::status_of;

constexpr std::string_view http_1_0 = " HTTP/1.0\r\n";
constexpr std::string_view last = " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n";

struct early {
    std::string_view request_line; // without its version
    std::string_view fields;
    int status;
};

constexpr early all[] = {
    {"POST /none", "", 404},
    {"PUT /ignore", "", 405},
    {"POST /form", "Content-Type: application/json\r\n", 422},
    {"POST /form", "Content-Type: multipart/form-data; boundary=\"\r\n", 400},
    {"POST /upload", "Content-Type: text/plain\r\n", 422},
    {"POST /ignore", "", 200},
    {"POST /small", "Content-Type: application/json\r\n", 413},
};

class early_answers : public testing::Test {
protected:
    early_answers()
    {
        app_.post("/ignore", []() -> serval::task<std::string> { co_return "ignored"; });
        app_.post("/form", [](form<"a", int> a) -> serval::task<int> { co_return *a; });
        app_.post("/upload", [](file<"f"> f) -> serval::task<std::uint64_t> { co_return f->size(); });
        app_.post("/small", [](body<std::string> text) -> serval::task<std::string> { co_return *text; })
            .max_body(100);
    }

    serval::app app_;
};

std::string head_of(early const& one, std::string_view version)
{
    std::string made{one.request_line};
    made.append(version).append(one.fields);
    return made + "Content-Length: 60000\r\n\r\n";
}

TEST_F(early_answers, reach_a_client_that_sends_the_rest_at_once)
{
    running_server const server{app_};
    for (auto const& one : all) {
        for (auto const version : {http_1_0, last}) {
            for (int i = 0; i != 10; ++i) {
                auto client = server.connect();
                auto const head = head_of(one, version);
                client.send(head); // as Python's http.client does
                std::this_thread::sleep_for(1ms);
                EXPECT_TRUE(client.send(std::string(30000, 'x'))) << head;
                EXPECT_TRUE(client.send(std::string(30000, 'x'))) << head;
                EXPECT_EQ(status_of(client.read_answer()), one.status) << head << client.problem();
                EXPECT_EQ(client.wait_for_end(), raw_client::ending::closed) << head;
            }
        }
    }
}

TEST_F(early_answers, reach_a_client_that_sends_the_rest_slowly)
{
    running_server const server{app_};
    std::vector<std::thread> clients;
    for (auto const& one : all) {
        for (auto const version : {http_1_0, last}) {
            clients.emplace_back([&server, &one, version] {
                auto client = server.connect();
                auto const head = head_of(one, version);
                client.send(head);
                for (int i = 0; i != 10; ++i) {
                    std::this_thread::sleep_for(20ms);
                    EXPECT_TRUE(client.send(std::string(6000, 'x'))) << head;
                }
                EXPECT_EQ(status_of(client.read_answer()), one.status) << head << client.problem();
                EXPECT_EQ(client.wait_for_end(), raw_client::ending::closed) << head;
            });
        }
    }
    for (auto& one : clients)
        one.join();
}

TEST_F(early_answers, reach_a_client_whose_request_is_refused)
{
    running_server const server{app_};
    for (auto const version : {http_1_0, last}) {
        for (std::string_view const field : {"a b: c\r\n", "Expect: x\r\nTransfer-Encoding: gzip\r\n"}) {
            auto client = server.connect();
            client.send("POST /ignore" + std::string{version}.append(field) + "\r\n" +
                        std::string(60000, 'x'));
            auto const status = status_of(client.read_answer());
            EXPECT_TRUE(status == 400 || status == 417 || status == 501) << status << client.problem();
            EXPECT_EQ(client.wait_for_end(), raw_client::ending::closed);
        }
    }
}

TEST_F(early_answers, are_not_what_a_client_gets_whose_bytes_waited_for_a_blocked_loop)
{
    app_.get("/block", []() -> serval::task<std::string> {
        std::this_thread::sleep_for(1500ms);
        co_return "blocked";
    });
    auto options = serval::test::quiet_settings();
    options.limits.head_timeout = 300ms;
    options.limits.rate_grace = 300ms;
    running_server const server{app_, options};
    std::vector<raw_client> clients;
    for (int i = 0; i != 400; ++i) // more than the system names at a time
        clients.push_back(server.connect());
    auto blocking = server.connect();
    for (auto& one : clients)
        one.send("POST /small HTTP/1.1\r\nHost: a\r\nContent-Ty");
    blocking.send(get("/block"));
    std::this_thread::sleep_for(100ms);
    for (auto& one : clients)
        one.send("pe: application/json\r\nContent-Length: 4\r\n\r\n\"ab\"");
    EXPECT_EQ(std::count_if(clients.begin(), clients.end(),
                            [](auto& one) { return status_of(one.read_answer()) == 200; }),
              400);
}

} // namespace
