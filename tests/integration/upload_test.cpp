// Uploads over sockets: refused while they are sent, cut off at any byte, and onto disks that are full.
#include "support/process_facts.hpp"
#include "support/running_server.hpp"

#include <serval/json.hpp>
#include <serval/serval.hpp>
#include <serval/testing/test_form.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <stdexcept>
#include <string>
#include <sys/mount.h>

namespace {

using namespace serval::params;
using serval::test::descriptor_count;
using serval::test::eventually;
using serval::test::get;
using serval::test::raw_client;
using serval::test::status_of;

/// A directory of a test's own, removed at its end.
class own_directory {
public:
    own_directory()
    {
        std::string name = "/tmp/serval-upload-XXXXXX";
        if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary directory");
        path_ = name;
    }
    ~own_directory()
    {
        if (mounted_) ::umount(path_.c_str());
        std::filesystem::remove_all(path_);
    }
    own_directory(own_directory const&) = delete;
    own_directory& operator=(own_directory const&) = delete;

    std::filesystem::path const& path() const noexcept { return path_; }
    bool empty() const { return std::filesystem::is_empty(path_); }
    /// Makes it a file system of its own. False without the right to.
    bool mount(char const* size)
    {
        auto const options = std::string{"size="} + size;
        mounted_ = ::mount("tmpfs", path_.c_str(), "tmpfs", 0, options.c_str()) == 0;
        return mounted_;
    }

private:
    std::filesystem::path path_;
    bool mounted_ = false;
};

std::string request_of(std::string_view target, serval::test_form const& form)
{
    auto const body = form.body();
    return std::string{"POST "}.append(target).append(" HTTP/1.1\r\nHost: a\r\nContent-Type: ") +
           form.content_type() + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

serval::test_form form_of(std::size_t bytes)
{
    return serval::test_form().field("note", "n").file("file", "f.bin", std::string(bytes, 'x'));
}

class uploads : public testing::Test {
protected:
    uploads()
    {
        app_.get("/alive", []() -> serval::task<std::string> { co_return "yes"; });
        app_.post("/size", [](file<"file"> f) -> serval::task<std::uint64_t> { co_return f->size(); });
        app_.post("/save", [this](file<"file"> f) -> serval::task<std::string> {
            co_return co_await f->save_in(saved_.path());
        });
        app_.post("/small", [](file<"file"> f) -> serval::task<std::uint64_t> { co_return f->size(); })
            .max_body(100'000);
        options_ = serval::test::quiet_settings();
        options_.temporary_directory = spooled_.path();
        options_.limits.file_memory = 20'000;
    }

    own_directory spooled_;
    own_directory saved_;
    serval::app app_;
    serval::settings options_;
};

TEST_F(uploads, arrive_and_are_saved)
{
    serval::test::running_server server{app_, options_};
    auto client = server.connect();
    EXPECT_EQ(client.ask(request_of("/size", form_of(3'000'000)))->body, "3000000");
    auto const saved = client.ask(request_of("/save", form_of(3'000'000)));
    ASSERT_EQ(status_of(saved), 200);
    EXPECT_EQ(std::filesystem::file_size(saved_.path() / "f.bin"), 3'000'000U);
    EXPECT_TRUE(spooled_.empty()) << "temporary files have no names";
}

TEST_F(uploads, that_are_declared_too_large_are_refused_before_they_are_sent)
{
    serval::test::running_server server{app_, options_};
    auto client = server.connect();
    auto const request = request_of("/small", form_of(500'000));
    EXPECT_EQ(status_of(client.ask(request.substr(0, request.find("\r\n\r\n") + 4))), 413);
}

TEST_F(uploads, that_are_refused_are_answered_though_the_client_goes_on_sending)
{
    serval::test::running_server server{app_, options_};
    for (int i = 0; i != 20; ++i) {
        auto client = server.connect();
        client.send(request_of("/small", form_of(900'000))); // all of it, before anything is read
        EXPECT_EQ(status_of(client.read_answer()), 413) << client.problem();
        EXPECT_EQ(client.wait_for_end(), raw_client::ending::closed);
    }
}

TEST_F(uploads, in_chunks_are_refused_when_they_cross_the_limit)
{
    serval::test::running_server server{app_, options_};
    auto client = server.connect();
    auto const form = form_of(120'000);
    client.send("POST /small HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Type: " +
                form.content_type() + "\r\n\r\n");
    client.send("1E848\r\n" + form.body().substr(0, 125'000)); // and no end of the body
    EXPECT_EQ(status_of(client.read_answer()), 413) << client.problem();
}

TEST_F(uploads, that_are_cut_off_leave_nothing_behind)
{
    serval::test::running_server server{app_, options_};
    std::string const request = request_of("/save", form_of(300'000));
    constexpr std::chrono::seconds patience{25}; // a sanitizer's server is slower than its client
    auto const try_once = [&](std::size_t bytes, bool reset) {
        auto client = server.connect();
        client.send(std::string_view{request}.substr(0, bytes));
        reset ? client.reset() : client.close();
    };
    std::mt19937 random{20261126};
    std::uniform_int_distribution<std::size_t> offset{0, request.size() - 1};
    for (int i = 0; i != 300; ++i) // memory and threads that stay
        try_once(offset(random), i % 2 == 0);
    ASSERT_TRUE(eventually(
        [&] { return server->stats().connections_accepted == 300 && server->stats().connections == 0; },
        patience));
    auto const descriptors = descriptor_count();
    auto const memory = serval::test::resident_bytes();
    for (int i = 0; i != 1000; ++i)
        try_once(offset(random), i % 2 == 0);
    // The last may still wait to be accepted, and files are closed on a pool's thread.
    EXPECT_TRUE(eventually(
        [&] { return server->stats().connections_accepted == 1300 && server->stats().connections == 0; },
        patience));
    EXPECT_EQ(server->stats().requests_in_flight, 0);
    EXPECT_TRUE(eventually([&] { return descriptor_count() <= descriptors; }));
    EXPECT_TRUE(spooled_.empty());
    EXPECT_TRUE(saved_.empty());
    if (!serval::test::under_sanitizer()) { // a tenth of an upload kept each time would be 30 MB
        EXPECT_LE(serval::test::resident_bytes(), memory + 15'000'000);
    }
    EXPECT_TRUE(server.alive());
}

TEST_F(uploads, onto_a_full_disk_are_answered_507_and_leave_it_clean)
{
    if (!spooled_.mount("4m")) GTEST_SKIP() << "no right to mount a file system";
    serval::test::running_server server{app_, options_};
    auto const free_before = std::filesystem::space(spooled_.path()).free;
    for (int i = 0; i != 5; ++i) {
        auto client = server.connect();
        client.send(request_of("/size", form_of(8'000'000)));
        auto const answer = client.read_answer();
        EXPECT_EQ(status_of(answer), 507) << client.problem();
        EXPECT_EQ(answer->body, R"({"detail":"Insufficient Storage"})");
    }
    auto const& log = static_cast<serval::test::recording_log&>(*options_.log);
    auto const lines =
        log.count("Disk trouble in POST /size: 507: Insufficient Storage (No space left on device)");
    EXPECT_GE(lines, 1U) << log.all();
    EXPECT_LE(lines, 5U);
    EXPECT_EQ(server->stats().handler_errors, 5U);
    EXPECT_TRUE(eventually([&] { return std::filesystem::space(spooled_.path()).free == free_before; }));
    EXPECT_EQ(server.connect().ask(request_of("/size", form_of(500'000)))->body, "500000");
}

TEST_F(uploads, that_cannot_be_saved_are_answered_507_and_leave_nothing)
{
    if (!saved_.mount("4m")) GTEST_SKIP() << "no right to mount a file system";
    serval::test::running_server server{app_, options_};
    EXPECT_EQ(status_of(server.connect().ask(request_of("/save", form_of(8'000'000)))), 507);
    EXPECT_TRUE(saved_.empty());
    EXPECT_EQ(status_of(server.connect().ask(request_of("/save", form_of(500'000)))), 200);
}

} // namespace
