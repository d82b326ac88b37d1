// The listening socket: what it accepts, what children get of it, and its file.
#include "base/file_descriptor.hpp"
#include "support/handler_probes.hpp"
#include "support/process_facts.hpp"
#include "support/running_server.hpp"

#include <serval/serval.hpp>

#include <boost/asio/local/stream_protocol.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <future>
#include <memory>
#include <netinet/in.h>
#include <optional>
#include <set>
#include <spawn.h>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <vector>

namespace {

using namespace std::chrono_literals;
using serval::base::file_descriptor;
using serval::test::descriptor_count;
using serval::test::eventually;
using serval::test::get;
using serval::test::quiet_settings;
using serval::test::raw_client;
using serval::test::running_server;
using serval::test::status_of;
using clock = std::chrono::steady_clock;

constexpr std::string_view last = "Connection: close\r\n";

/// The child that a handler starts, ended with the test.
class child {
public:
    child() = default;
    child(child const&) = delete;
    child& operator=(child const&) = delete;
    ~child()
    {
        if (id_ <= 0) return;
        ::kill(id_, SIGKILL);
        ::waitpid(id_, nullptr, 0);
    }

    /// As popen and system do: another program.
    void spawn()
    {
        std::string program = "sleep";
        std::string duration = "60";
        char* const arguments[] = {program.data(), duration.data(), nullptr};
        pid_t id = -1;
        if (::posix_spawnp(&id, program.c_str(), nullptr, nullptr, arguments, environ) == 0) id_ = id;
    }
    /// A copy of this process with all its descriptors, which no CLOEXEC closes.
    void fork()
    {
        pid_t const id = ::fork();
        if (id == 0)
            for (;;)
                ::pause();
        id_ = id;
    }
    bool alive() const { return id_ > 0 && ::kill(id_, 0) == 0 && ::waitpid(id_, nullptr, WNOHANG) == 0; }

private:
    std::atomic<pid_t> id_{-1};
};

std::set<int> inherited_descriptors()
{
    std::set<int> found;
    for (auto const& entry : std::filesystem::directory_iterator{"/proc/self/fd"}) {
        int const number = std::stoi(entry.path().filename().string());
        int const flags = ::fcntl(number, F_GETFD);
        if (flags >= 0 && (flags & FD_CLOEXEC) == 0) found.insert(number);
    }
    return found;
}

class listener : public testing::Test {
protected:
    listener()
    {
        app_.get("/alive", []() -> serval::task<std::string> { co_return "yes"; });
        app_.get("/spawn", [this] {
            child_.spawn();
            return "spawned";
        });
        app_.get("/fork", [this] {
            child_.fork();
            return "forked";
        });
        app_.get("/block", [this]() -> serval::task<std::string> {
            ++blocked_;
            gate_.wait();
            co_return "at last";
        });
    }
    ~listener() override
    {
        gate_.open();
        std::filesystem::remove(path_);
    }

    serval::settings local_settings() const
    {
        auto made = quiet_settings();
        made.unix_path = path_;
        return made;
    }
    bool answers() const { return status_of(raw_client{path_}.ask(get("/alive", last))) == 200; }

    std::string const path_ = testing::TempDir() + "serval-listener-" + std::to_string(::getpid()) + ".sock";
    child child_;
    serval::test::gate gate_;
    std::atomic<int> blocked_{0};
    serval::app app_;
};

/// The connection ends for the client although a child has been started before.
void expect_end(running_server& one, std::string const& target, child const& started)
{
    auto client = one.connect();
    ASSERT_TRUE(client.send(get(target, last)));
    EXPECT_EQ(status_of(client.read_answer()), 200);
    EXPECT_EQ(client.wait_for_end(2s), raw_client::ending::closed);
    EXPECT_TRUE(started.alive());
}

TEST_F(listener, opens_nothing_that_a_child_inherits)
{
    auto const before = inherited_descriptors();
    auto options = quiet_settings();
    options.threads = 2;
    running_server one{app_, options};
    std::vector<raw_client> clients;
    for (int i = 0; i != 4; ++i) {
        clients.push_back(one.connect());
        EXPECT_EQ(status_of(clients.back().ask(get("/alive"))), 200);
    }
    // Those of the clients are the test's, and marked as well.
    EXPECT_EQ(inherited_descriptors(), before);
}

TEST_F(listener, ends_a_connection_while_a_child_lives)
{
    running_server one{app_};
    expect_end(one, "/spawn", child_);
}

TEST_F(listener, ends_a_connection_while_a_copy_of_the_process_lives)
{
    running_server one{app_};
    expect_end(one, "/fork", child_);
}

TEST_F(listener, leaves_its_port_to_others_while_a_child_lives)
{
    std::optional<running_server> one{std::in_place, app_};
    std::uint16_t const port = (*one)->port();
    auto client = one->connect();
    ASSERT_EQ(status_of(client.ask(get("/spawn"))), 200);
    client.reset(); // else its connection's TIME_WAIT holds the port
    ASSERT_TRUE(eventually([&] { return (*one)->stats().connections == 0; }));
    one.reset();
    file_descriptor const next{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(port);
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::bind(next.number(), reinterpret_cast<sockaddr const*>(&at), sizeof at), 0);
    EXPECT_EQ(::listen(next.number(), 1), 0);
    EXPECT_TRUE(child_.alive());
}

TEST_F(listener, stops_listening_while_a_copy_of_the_process_lives)
{
    std::optional<running_server> one{std::in_place, app_};
    auto options = quiet_settings();
    options.port = (*one)->port();
    ASSERT_EQ(status_of(one->connect().ask(get("/fork", last))), 200);
    one.reset();
    EXPECT_THROW(raw_client{options.port}, std::system_error);
    running_server next{app_, options};
    EXPECT_TRUE(next.alive());
    EXPECT_TRUE(child_.alive());
}

TEST_F(listener, leaves_the_file_of_the_server_that_replaced_it)
{
    std::optional<running_server> first{std::in_place, app_, local_settings()};
    std::filesystem::remove(path_);
    running_server second{app_, local_settings()};
    EXPECT_TRUE(answers());
    first.reset();
    ASSERT_TRUE(std::filesystem::exists(path_));
    EXPECT_TRUE(answers());
}

TEST_F(listener, removes_its_file_before_it_stops_accepting)
{
    // Whoever finds the file is answered, from the first moment of the stop to the last.
    std::optional<running_server> one{std::in_place, app_, local_settings()};
    std::atomic<bool> ended{false};
    int refused = 0;
    std::thread visitor{[&] {
        while (!ended) {
            try {
                raw_client{path_};
            } catch (std::system_error const& error) {
                if (error.code() != std::errc::no_such_file_or_directory) ++refused;
            }
        }
    }};
    std::this_thread::sleep_for(20ms);
    one.reset();
    ended = true;
    visitor.join();
    EXPECT_EQ(refused, 0);
}

TEST_F(listener, does_not_wait_for_a_living_listener_with_a_full_backlog)
{
    boost::asio::local::stream_protocol::endpoint const at{path_};
    auto const size = static_cast<socklen_t>(at.size());
    file_descriptor const busy{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    ASSERT_EQ(::bind(busy.number(), at.data(), size), 0);
    ASSERT_EQ(::listen(busy.number(), 0), 0);
    std::vector<file_descriptor> clients;
    do {
        clients.emplace_back(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
        ASSERT_LT(clients.size(), 100U);
    } while (::connect(clients.back().number(), at.data(), size) == 0);
    ASSERT_EQ(errno, EAGAIN);
    serval::server one{app_, local_settings()};
    auto started = std::async(std::launch::async, [&] { EXPECT_THROW(one.start(), std::system_error); });
    bool const quick = started.wait_for(5s) == std::future_status::ready;
    EXPECT_TRUE(quick);
    if (!quick)
        file_descriptor{::accept4(busy.number(), nullptr, nullptr, SOCK_CLOEXEC)}; // makes room for it
    started.get();
    EXPECT_TRUE(std::filesystem::is_socket(path_));
}

TEST_F(listener, counts_connections_that_their_loop_has_not_taken_yet)
{
    auto options = quiet_settings();
    options.threads = 2;
    options.limits.connections = 6;
    running_server one{app_, options};
    std::vector<raw_client> clients;
    while (blocked_ == 0) { // one loop, and not the one that accepts
        clients.push_back(one.connect());
        if (clients.size() == 1) {
            ASSERT_EQ(status_of(clients.back().ask(get("/alive"))), 200);
            continue;
        }
        ASSERT_TRUE(clients.back().send(get("/block")));
        ASSERT_TRUE(eventually([&] { return blocked_ != 0; }));
    }
    auto const before = descriptor_count();
    constexpr std::size_t more = 20;
    for (std::size_t i = 0; i != more; ++i)
        clients.push_back(one.connect());
    auto const accepted = [&] { return clients.size() - more + descriptor_count() - before - more; };
    EXPECT_TRUE(eventually([&] { return accepted() >= 6; }));
    for (int i = 0; i != 30; ++i) { // three times as long as the listener's pause
        std::this_thread::sleep_for(10ms);
        EXPECT_LE(accepted(), 6U);
    }
    // The one that is idle gives its place to another meanwhile: for a moment there is one less.
    EXPECT_TRUE(eventually([&] { return accepted() == 6; }));
    gate_.open();
}

TEST_F(listener, closes_who_has_been_idle_longest_for_a_newcomer_when_the_house_is_full)
{
    auto options = quiet_settings();
    options.limits.connections = 3;
    running_server one{app_, options};
    std::vector<raw_client> guests;
    for (int i = 0; i != 3; ++i) {
        guests.push_back(one.connect());
        EXPECT_EQ(status_of(guests.back().ask(get("/alive"))), 200);
        std::this_thread::sleep_for(300ms); // in another tick than the next
    }
    EXPECT_EQ(status_of(guests[0].ask(get("/alive"))), 200); // so the second one is idle longest
    std::this_thread::sleep_for(600ms);
    auto const begin = clock::now();
    auto newcomer = one.connect();
    EXPECT_EQ(status_of(newcomer.ask(get("/alive"))), 200);
    EXPECT_LT(clock::now() - begin, 1s);
    EXPECT_EQ(guests[1].wait_for_end(2s), raw_client::ending::closed);
    EXPECT_EQ(status_of(guests[0].ask(get("/alive"))), 200);
    EXPECT_EQ(status_of(guests[2].ask(get("/alive"))), 200);
    EXPECT_EQ(one->stats().connections, 3U);
}

TEST_F(listener, lets_newcomers_wait_until_somebody_leaves_when_nobody_is_idle)
{
    auto options = quiet_settings();
    options.limits.connections = 2;
    std::atomic<bool> held{true};
    app_.get("/hold", [&held]() -> serval::task<std::string> {
        while (held)
            co_await serval::sleep_for(5ms);
        co_return "at last";
    });
    running_server one{app_, options};
    std::vector<raw_client> guests;
    for (int i = 0; i != 2; ++i) {
        guests.push_back(one.connect());
        ASSERT_TRUE(guests.back().send(get("/hold", last)));
    }
    ASSERT_TRUE(eventually([&] { return one->stats().requests_in_flight == 2; }));
    auto newcomer = one.connect();
    ASSERT_TRUE(newcomer.send(get("/alive", last)));
    EXPECT_TRUE(newcomer.silent(700ms));
    EXPECT_EQ(one->stats().connections, 2U);
    held = false;
    EXPECT_EQ(status_of(newcomer.read_answer()), 200);
    for (auto& guest : guests)
        EXPECT_EQ(status_of(guest.read_answer()), 200) << "nobody at work was sent away";
}

TEST_F(listener, never_has_more_guests_than_it_may_on_several_loops)
{
    auto options = quiet_settings();
    options.threads = 2;
    options.limits.connections = 8;
    running_server one{app_, options};
    std::vector<raw_client> clients;
    for (int i = 0; i != 2; ++i) { // so that each loop has the descriptors that it needs itself
        clients.push_back(one.connect());
        EXPECT_EQ(status_of(clients.back().ask(get("/alive"))), 200);
    }
    auto const before = descriptor_count() - 2 * clients.size();
    for (int i = 2; i != 40; ++i) {
        clients.push_back(one.connect());
        EXPECT_EQ(status_of(clients.back().ask(get("/alive"))), 200) << i;
        EXPECT_LE(one->stats().connections, 8U) << i;
        EXPECT_LE(descriptor_count() - before - clients.size(), 8U) << i;
        if (i == 7) std::this_thread::sleep_for(600ms); // all are idle
    }
    EXPECT_EQ(one->stats().connections_accepted, 40U);
}

TEST_F(listener, closes_what_is_more_than_an_address_may_have)
{
    auto options = quiet_settings();
    auto const log = std::make_shared<serval::test::recording_log>();
    options.log = log;
    options.threads = 2;
    options.limits.connections_per_address = 2;
    running_server one{app_, options};
    std::vector<raw_client> guests;
    for (int i = 0; i != 2; ++i) {
        guests.push_back(one.connect());
        EXPECT_EQ(status_of(guests.back().ask(get("/alive"))), 200);
    }
    for (int i = 0; i != 20; ++i)
        EXPECT_NE(one.connect().wait_for_end(2s), raw_client::ending::open);
    EXPECT_TRUE(log->contains("Refused a connection of 127.0.0.1, which has 2 already"));
    EXPECT_LE(log->count("Refused a connection"), 3U);
    EXPECT_EQ(status_of(guests.front().ask(get("/alive", last))), 200);
    guests.front().close();
    EXPECT_TRUE(eventually([&] { return one->stats().connections == 1; }));
    EXPECT_EQ(status_of(one.connect().ask(get("/alive"))), 200);
}

TEST_F(listener, bounds_nobody_who_has_no_address)
{
    auto options = local_settings();
    options.limits.connections_per_address = 1;
    running_server by_path{app_, options}; // where nobody has an address
    std::vector<raw_client> clients;
    for (int i = 0; i != 5; ++i) {
        clients.emplace_back(path_);
        EXPECT_EQ(status_of(clients.back().ask(get("/alive"))), 200);
    }
}

TEST_F(listener, takes_many_that_come_at_once)
{
    auto options = quiet_settings();
    options.threads = 2;
    running_server one{app_, options};
    std::vector<raw_client> clients;
    for (int i = 0; i != 200; ++i) {
        clients.push_back(one.connect());
        ASSERT_TRUE(clients.back().send(get("/alive", last)));
    }
    for (auto& client : clients)
        EXPECT_EQ(status_of(client.read_answer()), 200);
    EXPECT_TRUE(eventually([&] { return one->stats().connections == 0; }));
    EXPECT_EQ(one->stats().connections_accepted, 200U);
}

/// A connection to an address of this machine, IPv6 or IPv4; -1 where it has none or nobody listens.
file_descriptor connect_to(char const* address, std::uint16_t port)
{
    sockaddr_storage at{};
    auto& v4 = reinterpret_cast<sockaddr_in&>(at);
    auto& v6 = reinterpret_cast<sockaddr_in6&>(at);
    bool const is_v4 = ::inet_pton(AF_INET, address, &v4.sin_addr) == 1;
    if (!is_v4) ::inet_pton(AF_INET6, address, &v6.sin6_addr);
    at.ss_family = is_v4 ? AF_INET : AF_INET6;
    (is_v4 ? v4.sin_port : v6.sin6_port) = htons(port);
    file_descriptor made{::socket(at.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    socklen_t const size = is_v4 ? sizeof v4 : sizeof v6;
    if (::connect(made.number(), reinterpret_cast<sockaddr const*>(&at), size) != 0)
        return file_descriptor{-1};
    return made;
}

bool is_answered_at(char const* address, std::uint16_t port)
{
    auto const client = connect_to(address, port);
    auto const request = get("/alive", last);
    std::array<char, 64> answer{};
    return client && ::send(client.number(), request.data(), request.size(), MSG_NOSIGNAL) > 0 &&
           ::recv(client.number(), answer.data(), answer.size(), 0) > 0 &&
           std::string_view{answer.data(), answer.size()}.starts_with("HTTP/1.1 200");
}

bool has_ipv6()
{
    sockaddr_in6 loopback{};
    loopback.sin6_family = AF_INET6;
    loopback.sin6_addr = in6addr_loopback;
    file_descriptor const made{::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    return made && ::bind(made.number(), reinterpret_cast<sockaddr const*>(&loopback), sizeof loopback) == 0;
}

TEST_F(listener, listens_on_all_addresses_of_localhost)
{
    for (auto const* name : {"localhost", "LocalHost"}) {
        auto options = quiet_settings();
        options.host = name;
        options.threads = 2;
        std::optional<running_server> one{std::in_place, app_, options};
        std::uint16_t const port = (*one)->port();
        EXPECT_TRUE(is_answered_at("127.0.0.1", port));
        EXPECT_EQ(is_answered_at("::1", port), has_ipv6());
        one.reset();
        EXPECT_FALSE(connect_to("127.0.0.1", port));
        EXPECT_FALSE(connect_to("::1", port));
    }
}

TEST_F(listener, does_not_start_when_one_of_its_addresses_is_taken)
{
    if (!has_ipv6()) GTEST_SKIP() << "no IPv6 here";
    auto options = quiet_settings();
    options.host = "::1";
    running_server other{app_, options};
    options.host = "localhost";
    options.port = other->port();
    serval::server one{app_, options};
    EXPECT_THROW(one.start(), std::system_error);
    EXPECT_FALSE(connect_to("127.0.0.1", options.port));
}

class mask_of_new_files {
public:
    explicit mask_of_new_files(mode_t mask) : before_{::umask(mask)} {}
    ~mask_of_new_files() { ::umask(before_); }
    mask_of_new_files(mask_of_new_files const&) = delete;
    mask_of_new_files& operator=(mask_of_new_files const&) = delete;

private:
    mode_t before_;
};

TEST_F(listener, gives_its_file_the_mode_that_it_is_told)
{
    EXPECT_EQ(serval::settings{}.unix_mode, 0666U);
    for (mode_t const mask : {0000U, 0022U, 0177U}) {
        mask_of_new_files const here{mask};
        for (unsigned const mode : {0666U, 0660U, 0600U, 0777U, 0000U}) {
            auto options = local_settings();
            options.unix_mode = mode;
            running_server one{app_, options};
            struct stat found{};
            ASSERT_EQ(::lstat(path_.c_str(), &found), 0);
            EXPECT_EQ(found.st_mode & 07777, mode) << mask;
        }
    }
}

} // namespace
