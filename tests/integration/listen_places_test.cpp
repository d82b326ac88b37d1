// One server that listens at several places.
#include "support/process_facts.hpp"
#include "support/running_server.hpp"

#include <serval/serval.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <unistd.h>
#include <vector>

namespace {

using namespace std::chrono_literals;
using serval::listen_address;
using serval::test::descriptor_count;
using serval::test::eventually;
using serval::test::get;
using serval::test::quiet_settings;
using serval::test::raw_client;
using serval::test::running_server;
using serval::test::status_of;

constexpr std::string_view last = "Connection: close\r\n";

class places : public testing::Test {
protected:
    places()
    {
        app_.get("/alive", []() -> serval::task<std::string> { co_return "yes"; });
    }
    ~places() override { std::filesystem::remove(path_); }

    /// A port, a Unix socket, and another port.
    serval::settings three_places() const
    {
        auto made = quiet_settings();
        made.also_listen = {{.unix_path = path_, .unix_mode = 0600}, {.port = 0}};
        return made;
    }
    static raw_client connect(listen_address const& to)
    {
        return to.unix_path.empty() ? raw_client{to.port} : raw_client{to.unix_path};
    }
    static bool is_answered_at(listen_address const& place)
    {
        return status_of(connect(place).ask(get("/alive", last))) == 200;
    }
    static bool is_closed(listen_address const& place)
    {
        try {
            connect(place);
            return false;
        } catch (std::system_error const&) {
            return true;
        }
    }

    std::string const path_ = testing::TempDir() + "serval-places-" + std::to_string(::getpid()) + ".sock";
    serval::app app_;
};

TEST_F(places, are_all_answered_by_one_server_which_tells_their_ports)
{
    running_server one{app_, three_places()};
    auto const all = one->addresses();
    ASSERT_EQ(all.size(), 3U);
    EXPECT_EQ(all[0].port, one->port());
    EXPECT_EQ(all[0], (listen_address{.host = "127.0.0.1", .port = one->port()}));
    EXPECT_EQ(all[1], (listen_address{.host = "", .unix_path = path_, .unix_mode = 0600}));
    EXPECT_NE(all[2].port, 0);
    EXPECT_NE(all[2].port, all[0].port);
    std::vector<raw_client> clients;
    for (auto const& place : all) {
        clients.push_back(connect(place));
        EXPECT_EQ(status_of(clients.back().ask(get("/alive"))), 200);
    }
    EXPECT_EQ(one->stats().connections, 3U);
    EXPECT_EQ(std::filesystem::status(path_).permissions(), std::filesystem::perms{0600});
}

TEST_F(places, are_told_in_the_order_of_the_settings_when_a_unix_socket_is_first)
{
    auto options = quiet_settings();
    options.unix_path = path_;
    options.also_listen = {{.port = 0}};
    serval::server one{app_, options};
    EXPECT_TRUE(one.addresses().empty()) << "before the start";
    one.start();
    auto const all = one.addresses();
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(all[0].unix_path, path_);
    EXPECT_EQ(one.port(), 0);
    EXPECT_TRUE(is_answered_at(all[0]));
    EXPECT_TRUE(is_answered_at(all[1]));
}

TEST_F(places, are_fed_to_all_loops)
{
    auto options = three_places();
    options.threads = 2;
    running_server one{app_, options};
    for (int i = 0; i != 4; ++i) {
        for (auto const& place : one->addresses())
            EXPECT_TRUE(is_answered_at(place));
    }
    EXPECT_EQ(one->stats().connections_accepted, 12U);
}

TEST_F(places, have_one_limit_of_connections)
{
    auto options = three_places();
    options.limits.connections = 2;
    running_server one{app_, options};
    auto const all = one->addresses();
    std::vector<raw_client> guests;
    for (int i = 0; i != 2; ++i) {
        guests.push_back(connect(all[0]));
        ASSERT_TRUE(guests.back().send("GET /alive HT")); // nobody who could be sent away
    }
    ASSERT_TRUE(eventually([&] { return one->stats().connections == 2; }));
    std::vector<raw_client> newcomers;
    for (auto const& place : all) {
        newcomers.push_back(connect(place));
        ASSERT_TRUE(newcomers.back().send(get("/alive", last)));
    }
    EXPECT_TRUE(newcomers.back().silent(300ms));
    EXPECT_EQ(one->stats().connections_accepted, 2U);
    guests.front().close();
    for (auto& newcomer : newcomers)
        EXPECT_EQ(status_of(newcomer.read_answer()), 200);
}

TEST_F(places, have_one_quota_of_an_address)
{
    auto options = three_places();
    options.limits.connections_per_address = 1;
    running_server one{app_, options};
    auto const all = one->addresses();
    auto guest = connect(all[0]);
    EXPECT_EQ(status_of(guest.ask(get("/alive"))), 200);
    EXPECT_NE(connect(all[2]).wait_for_end(2s), raw_client::ending::open);
    EXPECT_TRUE(is_answered_at(all[1])) << "nobody has an address there";
}

TEST_F(places, are_all_closed_by_a_drain)
{
    std::optional<serval::server> one{std::in_place, app_, three_places()};
    one->start();
    auto const all = one->addresses();
    std::vector<raw_client> clients;
    for (auto const& place : all) { // who got through is answered
        clients.push_back(connect(place));
        ASSERT_TRUE(clients.back().send(get("/alive")));
    }
    EXPECT_TRUE(one->stop(10s).clean);
    for (auto& client : clients)
        EXPECT_EQ(status_of(client.read_answer()), 200);
    for (auto const& place : all)
        EXPECT_TRUE(is_closed(place));
    EXPECT_FALSE(std::filesystem::exists(path_));
    EXPECT_EQ(one->addresses(), all);
}

TEST_F(places, leave_nothing_behind_when_a_later_one_is_taken)
{
    std::optional<running_server> other{std::in_place, app_};
    auto const taken = (*other)->port();
    auto options = three_places();
    options.also_listen[1].port = taken;
    serval::server one{app_, options};
    auto const before = descriptor_count();
    try {
        one.start();
        FAIL() << "it listens where somebody else does";
    } catch (std::system_error const& error) {
        EXPECT_EQ(error.code(), std::errc::address_in_use);
        std::string const expected = "cannot listen on 127.0.0.1:" + std::to_string(taken);
        EXPECT_NE(std::string_view{error.what()}.find(expected), std::string_view::npos) << error.what();
    }
    EXPECT_EQ(descriptor_count(), before);
    EXPECT_FALSE(std::filesystem::exists(path_));
    EXPECT_TRUE(one.addresses().empty());
    other.reset();
    one.start(); // as if it had not been tried
    EXPECT_EQ(one.addresses().size(), 3U);
    for (auto const& place : one.addresses())
        EXPECT_TRUE(is_answered_at(place));
}

TEST_F(places, leave_the_file_of_another_server_alone)
{
    auto options = quiet_settings();
    options.unix_path = path_;
    running_server other{app_, options};
    serval::server one{app_, three_places()};
    EXPECT_THROW(one.start(), std::system_error);
    EXPECT_TRUE(is_answered_at({.unix_path = path_}));
}

} // namespace
