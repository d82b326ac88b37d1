#include "base/served_file.hpp"
#include "base/temp_file.hpp"
#include "support/process_facts.hpp"
#include "support/scratch.hpp"
#include "support/unprivileged.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <fcntl.h>
#include <string>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace serval::base {
namespace {

class served_file_in : public testing::Test {
protected:
    std::string path(std::string const& name) const { return directory_.text() + "/" + name; }

    std::error_code error_of(std::string const& at) const
    {
        auto const before = test::descriptor_count();
        auto const opened = open_served_file(at);
        EXPECT_EQ(test::descriptor_count(), before);
        EXPECT_FALSE(opened.file);
        return opened.error;
    }

    void set_time(std::string const& name, timespec time) const
    {
        timespec const times[] = {time, time};
        ASSERT_EQ(::utimensat(AT_FDCWD, path(name).c_str(), times, 0), 0);
    }

    test::temp_directory directory_;
};

TEST_F(served_file_in, opens_a_file_and_says_what_it_is)
{
    directory_.write("a.txt", "hello");
    set_time("a.txt", {784111777, 999'999'999});
    auto const before = test::descriptor_count();
    {
        auto const opened = open_served_file(path("a.txt"));
        ASSERT_FALSE(opened.error) << opened.error;
        EXPECT_EQ(opened.size, 5U);
        EXPECT_EQ(opened.modified, 784111777);
        EXPECT_NE(::fcntl(opened.file.number(), F_GETFD) & FD_CLOEXEC, 0);
        std::string text(5, '\0');
        EXPECT_EQ(read_all_at(opened.file.number(), 0, text.data(), 5).size, 5U);
        EXPECT_EQ(text, "hello");
        EXPECT_EQ(test::descriptor_count(), before + 1);
    }
    EXPECT_EQ(test::descriptor_count(), before);
}

TEST_F(served_file_in, knows_sizes_beyond_32_bits)
{
    directory_.write("sparse", "");
    ASSERT_EQ(::truncate(path("sparse").c_str(), 5'000'000'000), 0);
    EXPECT_EQ(open_served_file(path("sparse")).size, 5'000'000'000U);
}

TEST_F(served_file_in, follows_links)
{
    directory_.write("a.txt", "hello");
    ASSERT_EQ(::symlink("a.txt", path("link").c_str()), 0);
    EXPECT_EQ(open_served_file(path("link")).size, 5U);
}

TEST_F(served_file_in, reports_what_is_not_there)
{
    EXPECT_EQ(error_of(path("none")), std::errc::no_such_file_or_directory);
    EXPECT_EQ(error_of(""), std::errc::no_such_file_or_directory);
    directory_.write("a.txt", "hello");
    EXPECT_EQ(error_of(path("a.txt") + "/b"), std::errc::not_a_directory);
    EXPECT_EQ(error_of(path(std::string(300, 'x'))), std::errc::filename_too_long);
    ASSERT_EQ(::symlink("loop", path("loop").c_str()), 0);
    EXPECT_EQ(error_of(path("loop")), std::errc::too_many_symbolic_link_levels);
}

TEST_F(served_file_in, does_not_end_a_path_at_a_nul)
{
    directory_.write("a.txt", "hello");
    EXPECT_EQ(error_of(path("a.txt") + std::string(1, '\0') + ".png"), std::errc::no_such_file_or_directory);
}

TEST_F(served_file_in, reports_what_may_not_be_read)
{
    directory_.write("secret", "x");
    ASSERT_EQ(::chmod(path("secret").c_str(), 0), 0);
    test::unprivileged const user;
    if (!user) GTEST_SKIP() << "root may read everything";
    EXPECT_EQ(error_of(path("secret")), std::errc::permission_denied);
}

TEST_F(served_file_in, refuses_directories)
{
    EXPECT_EQ(error_of(directory_.text()), std::errc::is_a_directory);
}

TEST_F(served_file_in, refuses_a_fifo_without_waiting_for_its_writer)
{
    ASSERT_EQ(::mkfifo(path("fifo").c_str(), 0600), 0);
    EXPECT_EQ(error_of(path("fifo")), std::errc::no_such_file_or_directory);
}

TEST_F(served_file_in, refuses_devices_and_sockets)
{
    EXPECT_EQ(error_of("/dev/null"), std::errc::no_such_file_or_directory);
    file_descriptor const socket{::socket(AF_UNIX, SOCK_STREAM, 0)};
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::snprintf(address.sun_path, sizeof address.sun_path, "%s", path("s").c_str());
    ASSERT_EQ(::bind(socket.number(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(error_of(path("s")), std::errc::no_such_file_or_directory);
}

TEST_F(served_file_in, has_the_same_tag_until_it_changes)
{
    directory_.write("a", "hello");
    set_time("a", {784111777, 0});
    auto const tag = open_served_file(path("a")).etag;
    EXPECT_EQ(open_served_file(path("a")).etag, tag);
    set_time("a", {784111777, 1});
    auto const touched = open_served_file(path("a")).etag;
    EXPECT_NE(touched, tag);
    ASSERT_EQ(::truncate(path("a").c_str(), 4), 0);
    EXPECT_NE(open_served_file(path("a")).etag, touched);
}

TEST_F(served_file_in, has_another_tag_than_a_file_of_the_same_time_and_size_in_its_place)
{
    directory_.write("a", "hello");
    directory_.write("b", "jello");
    set_time("a", {784111777, 0});
    set_time("b", {784111777, 0});
    auto const tag = open_served_file(path("a")).etag;
    ASSERT_EQ(::rename(path("b").c_str(), path("a").c_str()), 0);
    EXPECT_NE(open_served_file(path("a")).etag, tag);
}

TEST_F(served_file_in, has_a_tag_that_is_well_formed)
{
    directory_.write("a", "hello");
    auto const tag = open_served_file(path("a")).etag;
    ASSERT_GT(tag.size(), 4U);
    EXPECT_TRUE(tag.starts_with('"'));
    EXPECT_TRUE(tag.ends_with("-5\"")) << tag;
    EXPECT_EQ(tag.substr(1, tag.size() - 2).find_first_not_of("0123456789abcdef-"), std::string::npos);
}

} // namespace
} // namespace serval::base
