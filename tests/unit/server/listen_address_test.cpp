#include "server/listen_address.hpp"

#include <gtest/gtest.h>

#include <string>

namespace serval::server_impl {
namespace {

TEST(listen_address, is_read_from_the_text_that_it_is_written_as)
{
    for (std::string const text : {"127.0.0.1:80", "0.0.0.0:0", "example.org:65535", "[::1]:8080", "[::]:0",
                                   "[fe80::1%eth0]:1", "unix:/run/app.sock", "unix:a", "unix:a:80"}) {
        auto const read = parse_listen_address(text);
        ASSERT_TRUE(read) << text;
        EXPECT_EQ(text_of(*read), text);
    }
    EXPECT_EQ(parse_listen_address("[::1]:80"), (listen_address{.host = "::1", .port = 80}));
    EXPECT_EQ(parse_listen_address("unix:/a"), (listen_address{.unix_path = "/a"}));
}

TEST(listen_address, is_none_with_a_part_missing_or_out_of_range)
{
    for (std::string const text :
         {"",       ":",       "80",      "a",     "a:",     ":80",    "a:65536", "a:-1",
          "a:+1",   "a: 1",    "a:1 ",    "a:0x1", "::1",    "::1:80", "[::1]",   "[::1]80",
          "[::1]:", "[::1:80", "::1]:80", "[]:80", "[a]:80", "[",      "[:80",    "unix:"})
        EXPECT_FALSE(parse_listen_address(text)) << text;
}

TEST(listen_address, may_be_written_twice_only_for_a_free_port)
{
    auto const one = [](char const* a, char const* b) {
        return are_one_place(*parse_listen_address(a), *parse_listen_address(b));
    };
    EXPECT_TRUE(one("a:80", "A:80"));
    EXPECT_TRUE(one("unix:/a", "unix:/a"));
    EXPECT_FALSE(one("a:0", "a:0"));
    EXPECT_FALSE(one("a:80", "a:81"));
    EXPECT_FALSE(one("a:80", "b:80"));
    EXPECT_FALSE(one("unix:/a", "unix:/A"));
    EXPECT_FALSE(one("unix:/a", "a:80"));
}

} // namespace
} // namespace serval::server_impl
