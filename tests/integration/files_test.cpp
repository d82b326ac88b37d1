// Files over sockets: clients that leave at any byte, files that change meanwhile, several at once.
#include "support/no_descriptors.hpp"
#include "support/process_facts.hpp"
#include "support/running_server.hpp"
#include "support/scratch.hpp"

#include <serval/serval.hpp>
#include <serval/testing/test_client.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

namespace {

using serval::test::descriptor_count;
using serval::test::eventually;
using serval::test::field;
using serval::test::get;
using serval::test::raw_client;
using serval::test::recording_log;
using serval::test::running_server;
using serval::test::status_of;

/// Text that repeats itself, but not at any power of two.
std::string numbers(std::size_t size)
{
    std::string some;
    for (int i = 0; i != 10'007; ++i)
        some.append(std::to_string(i)).append(" ");
    std::string text;
    while (text.size() < size)
        text += some;
    text.resize(size);
    return text;
}

class file_serving : public testing::Test {
protected:
    static constexpr std::size_t large = 12 * 1024 * 1024; // more than sockets hold

    file_serving()
    {
        directory_.write("small.txt", "0123456789");
        directory_.write("large.bin", numbers(large));
        app_.get("/alive", [] { return 1; });
        app_.get("/{name}", [this](serval::params::path<"name", std::string> name) {
            return serval::file_response(directory_.text() + "/" + *name);
        });
        app_.post("/{name}",
                  [this](serval::params::path<"name", std::string> name) -> serval::task<serval::response> {
                      auto answer = serval::file_response(directory_.text() + "/" + *name);
                      co_return answer;
                  });
        settings_ = serval::test::quiet_settings();
        settings_.log = log_;
    }

    std::string path(std::string const& name) const { return directory_.text() + "/" + name; }

    serval::test::temp_directory directory_;
    serval::app app_;
    std::shared_ptr<recording_log> log_ = std::make_shared<recording_log>();
    serval::settings settings_;
};

TEST_F(file_serving, gives_each_request_of_a_connection_its_answer)
{
    running_server server{app_, settings_};
    auto client = server.connect();
    auto const whole = client.ask(get("/small.txt"));
    ASSERT_EQ(status_of(whole), 200);
    EXPECT_EQ(whole->body, "0123456789");
    auto const tag = field(*whole, "etag");
    auto const part = client.ask(get("/small.txt", "Range: bytes=2-4\r\n"));
    ASSERT_EQ(status_of(part), 206);
    EXPECT_EQ(part->body, "234");
    EXPECT_EQ(status_of(client.ask(get("/small.txt", "If-None-Match: " + tag + "\r\n"))), 304);
    EXPECT_EQ(status_of(client.ask(get("/small.txt", "Range: bytes=10-\r\n"))), 416);
    EXPECT_EQ(status_of(client.ask(get("/none"))), 404);
    client.send("HEAD /large.bin HTTP/1.1\r\nHost: a\r\n\r\n");
    auto const head = client.read_answer(true);
    ASSERT_EQ(status_of(head), 200);
    EXPECT_EQ(field(*head, "content-length"), std::to_string(large));
    auto const all = client.ask(get("/large.bin"));
    ASSERT_EQ(status_of(all), 200);
    EXPECT_TRUE(all->body == directory_.content("large.bin"));
    EXPECT_EQ(status_of(client.ask("POST /small.txt HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")), 200);
    EXPECT_EQ(status_of(client.ask(get("/alive"))), 200);
}

TEST_F(file_serving, sends_a_response_that_the_application_keeps_on_several_loops_at_a_time)
{
    auto const kept = serval::file_response(path("small.txt"));
    app_.get("/kept/page", [kept]() -> serval::task<serval::response> { co_return kept; });
    settings_.threads = 4;
    running_server server{app_, settings_};
    std::atomic<int> wrong{0};
    std::vector<std::thread> clients;
    for (int i = 0; i != 8; ++i) {
        clients.emplace_back([&, i, client = server.connect()]() mutable {
            auto const first = std::to_string(i);
            for (int n = 0; n != 50; ++n) {
                auto const answer =
                    client.ask(get("/kept/page", "Range: bytes=" + first + "-" + first + "\r\n"));
                if (status_of(answer) != 206 || answer->body != first) ++wrong;
            }
        });
    }
    for (auto& one : clients)
        one.join();
    EXPECT_EQ(wrong, 0) << log_->all();
}

TEST_F(file_serving, answers_pipelined_requests_in_order)
{
    running_server server{app_, settings_};
    auto client = server.connect();
    client.send(get("/small.txt") + get("/large.bin", "Range: bytes=0-99999\r\n") +
                get("/small.txt", "Range: bytes=0-0\r\n") + get("/alive"));
    EXPECT_EQ(client.read_answer()->body, "0123456789");
    EXPECT_TRUE(client.read_answer()->body == directory_.content("large.bin").substr(0, 100'000));
    EXPECT_EQ(client.read_answer()->body, "0");
    EXPECT_EQ(client.read_answer()->body, "1");
}

TEST_F(file_serving, sends_parts_of_a_large_file)
{
    running_server server{app_, settings_};
    auto client = server.connect();
    auto const answer = client.ask(get("/large.bin", "Range: bytes=5000000-9999999, 0-1\r\n"));
    ASSERT_EQ(status_of(answer), 206);
    auto const content = directory_.content("large.bin");
    EXPECT_NE(answer->body.find("\r\n\r\n" + content.substr(5'000'000, 5'000'000) + "\r\n--"),
              std::string::npos);
    EXPECT_NE(answer->body.find("\r\n\r\n" + content.substr(0, 2) + "\r\n--"), std::string::npos);
    EXPECT_EQ(field(*answer, "content-length"), std::to_string(answer->body.size()));
}

TEST_F(file_serving, serves_clients_of_http_1_0)
{
    running_server server{app_, settings_};
    auto client = server.connect();
    client.send("GET /large.bin HTTP/1.0\r\n\r\n");
    auto const text = client.read_to_end();
    EXPECT_TRUE(text.ends_with(directory_.content("large.bin")));
}

TEST_F(file_serving, sends_other_answers_while_a_client_does_not_read)
{
    running_server server{app_, settings_};
    std::vector<raw_client> slow;
    for (int i = 0; i != 20; ++i) {
        slow.push_back(server.connect(4096));
        slow.back().send(get("/large.bin"));
    }
    EXPECT_TRUE(server.alive());
    for (auto& client : slow)
        EXPECT_EQ(client.read_until("\r\n\r\n").substr(0, 15), "HTTP/1.1 200 OK");
    EXPECT_TRUE(server.alive());
}

TEST_F(file_serving, closes_the_file_of_a_client_that_leaves_at_any_byte)
{
    running_server server{app_, settings_};
    auto const before = descriptor_count();
    for (std::size_t const enough : {0U, 1U, 17U, 300U, 70'000U, 3'000'000U}) {
        for (bool const abruptly : {false, true}) {
            auto client = server.connect();
            client.send(get("/large.bin"));
            for (std::size_t read = 0; read < enough;) {
                auto const some = client.read_until("7").size();
                ASSERT_NE(some, 0U);
                read += some;
            }
            if (abruptly) {
                client.reset();
            } else {
                client.close();
            }
        }
    }
    EXPECT_TRUE(eventually([&] { return descriptor_count() == before; })) << before << " were open";
    EXPECT_TRUE(server.alive());
    EXPECT_FALSE(log_->contains("Exception")) << log_->all();
}

TEST_F(file_serving, shows_the_client_that_a_file_was_cut_while_it_was_sent)
{
    running_server server{app_, settings_};
    auto const before = descriptor_count();
    auto client = server.connect(4096);
    client.send(get("/large.bin"));
    client.read_until("\r\n\r\n");
    ASSERT_EQ(::truncate(path("large.bin").c_str(), 1000), 0);
    auto const rest = client.read_to_end();
    EXPECT_LT(rest.size(), large);
    EXPECT_TRUE(eventually([&] { return log_->contains("a file became shorter while it was sent"); }))
        << log_->all();
    client.close();
    EXPECT_TRUE(eventually([&] { return descriptor_count() == before; }));
}

TEST_F(file_serving, sends_a_file_that_was_removed_meanwhile)
{
    running_server server{app_, settings_};
    auto const content = directory_.content("large.bin");
    auto client = server.connect(64 * 1024);
    client.send(get("/large.bin", "Connection: close\r\n"));
    client.read_until("\r\n\r\n");
    ASSERT_EQ(::unlink(path("large.bin").c_str()), 0);
    EXPECT_TRUE(client.read_to_end() == content);
}

TEST_F(file_serving, keeps_little_in_memory)
{
    if (serval::test::under_sanitizer()) GTEST_SKIP() << "memory figures mean nothing here";
    ASSERT_EQ(::truncate(path("large.bin").c_str(), 400 * 1024 * 1024), 0);
    running_server server{app_, settings_};
    EXPECT_TRUE(server.alive());
    auto const before = serval::test::resident_bytes();
    auto client = server.connect();
    client.send(get("/large.bin", "Connection: close\r\n"));
    EXPECT_EQ(client.wait_for_end(), raw_client::ending::closed);
    EXPECT_LT(serval::test::resident_bytes(), before + 8 * 1024 * 1024);
}

TEST_F(file_serving, answers_503_and_says_why_once_a_second_when_there_are_no_descriptors)
{
    if (serval::test::under_sanitizer()) GTEST_SKIP() << "UBSan needs descriptors to look at objects";
    running_server server{app_, settings_};
    auto client = server.connect();
    EXPECT_EQ(status_of(client.ask(get("/small.txt"))), 200); // the pools' threads are there
    auto const before = descriptor_count();
    constexpr std::size_t times = 50;
    auto const begin = std::chrono::steady_clock::now();
    {
        serval::test::no_descriptors const none;
        for (std::size_t i = 0; i != times; ++i) {
            auto const answer = client.ask(get("/small.txt"));
            ASSERT_EQ(status_of(answer), 503);
            EXPECT_EQ(answer->body, R"({"detail":"Service Unavailable"})");
            EXPECT_EQ(field(*answer, "retry-after"), "1");
        }
    }
    auto const seconds = std::chrono::ceil<std::chrono::seconds>(std::chrono::steady_clock::now() - begin);
    auto const lines = log_->count("Disk trouble in GET /small.txt: 503: Service Unavailable (Too many open");
    EXPECT_GE(lines, 1U) << log_->all();
    EXPECT_LE(lines, static_cast<std::size_t>(seconds.count()) + 1) << log_->all();
    EXPECT_EQ(server->stats().handler_errors, times);
    EXPECT_EQ(status_of(client.ask(get("/small.txt"))), 200);
    EXPECT_EQ(descriptor_count(), before);
}

TEST_F(file_serving, works_in_a_test_client)
{
    serval::test_client client{app_};
    auto const answer = client.get("/large.bin");
    EXPECT_EQ(answer.status, 200);
    EXPECT_TRUE(answer.body == directory_.content("large.bin"));
    EXPECT_EQ(client.get("/none").status, 404);
}

} // namespace
