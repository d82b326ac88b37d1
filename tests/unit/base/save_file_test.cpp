#include "base/save_file.hpp"
#include "support/process_facts.hpp"
#include "support/scratch.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <sys/stat.h>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <vector>

namespace serval::base {
namespace {

using namespace std::string_literals;
using names = std::vector<std::string>;

// The ways by which content gets its name: each test runs with all, whatever this system can do.
struct way {
    char const* name;
    bool in_memory;
    file_methods methods;
};

way const ways[] = {
    {"link", false, {}},
    {"copy_without_umask", false, {.umask = false}},
    {"unnamed_copy_of_memory", true, {}},
    {"named_copy_of_memory", true, {.unnamed = false}},
    {"named_copy", false, {.unnamed = false}},
    {"named_copy_by_hand", false, {.link = false, .copy_range = false}},
    {"named_copy_without_flag", false, {.unnamed = false, .no_replace = false}},
};

class save_file_by : public testing::TestWithParam<way> {
protected:
    std::string save(std::string const& directory, std::string_view name, if_exists policy,
                     std::string const& bytes)
    {
        auto const& methods = GetParam().methods;
        if (GetParam().in_memory) return save_file(directory, name, policy, {.bytes = bytes}, methods);
        temp_file spool{directory_.text(), methods};
        spool.write_at(0, bytes);
        return save_file(directory, name, policy, {.file = &spool, .size = bytes.size()}, methods);
    }

    std::error_code failure(std::string const& directory, std::string_view name, if_exists policy)
    {
        auto const before = test::descriptor_count();
        std::error_code code;
        try {
            save(directory, name, policy, "new");
            ADD_FAILURE() << "nothing was thrown";
        } catch (std::system_error const& error) {
            code = error.code();
        }
        EXPECT_EQ(test::descriptor_count(), before);
        return code;
    }

    test::temp_directory directory_;
};

TEST_P(save_file_by, saves_the_whole_content_and_nothing_else)
{
    auto const before = test::descriptor_count();
    std::string bytes(700'001, 'x');
    for (std::size_t i = 0; i < bytes.size(); ++i)
        bytes[i] = static_cast<char>(i * 7 / 3);
    for (auto const policy : {if_exists::replace, if_exists::fail, if_exists::number}) {
        auto const name = "f" + std::to_string(static_cast<int>(policy));
        EXPECT_EQ(save(directory_.text(), name, policy, bytes), name);
        EXPECT_EQ(directory_.content(name), bytes);
    }
    EXPECT_EQ(save(directory_.text(), "empty", if_exists::fail, ""), "empty");
    EXPECT_EQ(directory_.names(), (names{"empty", "f0", "f1", "f2"}));
    EXPECT_EQ(test::descriptor_count(), before);
}

TEST_P(save_file_by, heeds_the_umask)
{
    save(directory_.text(), "f", if_exists::fail, "x");
    auto const mask = ::umask(0); // no other thread is here
    ::umask(mask);
    struct stat facts;
    ASSERT_EQ(::stat((directory_.path() / "f").c_str(), &facts), 0);
    EXPECT_EQ(facts.st_mode & 07777U, 0666U & ~mask);
}

TEST_P(save_file_by, replaces_a_file)
{
    directory_.write("f", "old and longer");
    std::ifstream reader{directory_.path() / "f"};
    EXPECT_EQ(save(directory_.text(), "f", if_exists::replace, "new"), "f");
    EXPECT_EQ(directory_.content("f"), "new");
    EXPECT_EQ(directory_.names(), names{"f"});
    std::string const seen{std::istreambuf_iterator<char>{reader}, {}};
    EXPECT_EQ(seen, "old and longer") << "who reads the old file goes on reading it";
}

TEST_P(save_file_by, fails_when_the_name_is_taken)
{
    directory_.write("f", "old");
    EXPECT_EQ(failure(directory_.text(), "f", if_exists::fail), std::errc::file_exists);
    EXPECT_EQ(directory_.content("f"), "old");
    EXPECT_EQ(directory_.names(), names{"f"});
}

TEST_P(save_file_by, takes_the_next_free_number)
{
    directory_.write("f.txt", "old");
    directory_.write("f (2).txt", "old");
    EXPECT_EQ(save(directory_.text(), "f.txt", if_exists::number, "a"), "f (1).txt");
    EXPECT_EQ(save(directory_.text(), "f.txt", if_exists::number, "b"), "f (3).txt");
    EXPECT_EQ(directory_.content("f (1).txt"), "a");
    EXPECT_EQ(directory_.content("f (3).txt"), "b");
    EXPECT_EQ(directory_.content("f.txt"), "old");
    EXPECT_EQ(directory_.names().size(), 4U);
}

TEST_P(save_file_by, never_gives_two_savers_one_name)
{
    constexpr int savers = 4;
    constexpr int each = 25;
    std::vector<std::string> taken[savers];
    std::vector<std::thread> threads;
    for (int i = 0; i != savers; ++i) {
        threads.emplace_back([this, i, &taken] {
            for (int k = 0; k != each; ++k)
                taken[i].push_back(
                    save(directory_.text(), "f", if_exists::number, std::to_string(i * each + k)));
        });
    }
    for (auto& thread : threads)
        thread.join();
    std::set<std::string> different;
    for (int i = 0; i != savers; ++i) {
        for (int k = 0; k != each; ++k) {
            auto const& name = taken[i][static_cast<std::size_t>(k)];
            different.insert(name);
            EXPECT_EQ(directory_.content(name), std::to_string(i * each + k));
        }
    }
    EXPECT_EQ(different.size(), std::size_t{savers * each});
    EXPECT_EQ(directory_.names().size(), std::size_t{savers * each});
}

TEST_P(save_file_by, does_not_follow_a_symbolic_link)
{
    test::temp_directory const elsewhere;
    elsewhere.write("target", "untouched");
    auto const link = [&](char const* name, char const* target) {
        std::filesystem::create_symlink(elsewhere.path() / target, directory_.path() / name);
    };
    link("a", "target");
    link("b", "target");
    link("dangling", "new");
    EXPECT_EQ(save(directory_.text(), "a", if_exists::replace, "new"), "a");
    EXPECT_FALSE(std::filesystem::is_symlink(directory_.path() / "a"));
    EXPECT_EQ(failure(directory_.text(), "b", if_exists::fail), std::errc::file_exists);
    EXPECT_EQ(save(directory_.text(), "b", if_exists::number, "new"), "b (1)");
    EXPECT_EQ(save(directory_.text(), "dangling", if_exists::number, "new"), "dangling (1)");
    EXPECT_EQ(elsewhere.names(), names{"target"});
    EXPECT_EQ(elsewhere.content("target"), "untouched");
}

TEST_P(save_file_by, leaves_a_directory_in_its_place)
{
    std::filesystem::create_directory(directory_.path() / "d");
    EXPECT_EQ(failure(directory_.text(), "d", if_exists::replace), std::errc::is_a_directory);
    EXPECT_EQ(failure(directory_.text(), "d", if_exists::fail), std::errc::file_exists);
    EXPECT_EQ(directory_.names(), names{"d"});
    EXPECT_EQ(save(directory_.text(), "d", if_exists::number, "x"), "d (1)");
    EXPECT_TRUE(std::filesystem::is_directory(directory_.path() / "d"));
}

TEST_P(save_file_by, needs_a_directory)
{
    directory_.write("plain", "");
    EXPECT_EQ(failure(directory_.text() + "/none", "f", if_exists::fail),
              std::errc::no_such_file_or_directory);
    EXPECT_EQ(failure(directory_.text() + "/plain", "f", if_exists::fail), std::errc::not_a_directory);
    EXPECT_EQ(directory_.names(), names{"plain"});
}

TEST_P(save_file_by, leaves_nothing_where_it_may_not_write)
{
    // Root may write everywhere but to file systems that take no files.
    EXPECT_TRUE(failure("/proc/self", "f", if_exists::replace));
    if (::geteuid() == 0) return;
    test::temp_directory const locked;
    ::chmod(locked.text().c_str(), 0500);
    EXPECT_EQ(failure(locked.text(), "f", if_exists::replace), std::errc::permission_denied);
    EXPECT_TRUE(locked.names().empty());
}

TEST_P(save_file_by, refuses_what_is_not_one_component)
{
    auto const before = test::descriptor_count();
    for (auto const& name : {""s, "."s, ".."s, "../f"s, "/f"s, "a/b"s, "f\0.txt"s, std::string(256, 'a')}) {
        EXPECT_THROW(save(directory_.text(), name, if_exists::replace, "x"), std::invalid_argument)
            << testing::PrintToString(name);
    }
    EXPECT_THROW(save(directory_.text() + "\0/x"s, "f", if_exists::replace, "x"), std::invalid_argument);
    EXPECT_TRUE(directory_.names().empty());
    EXPECT_EQ(test::descriptor_count(), before);
}

TEST_P(save_file_by, leaves_nothing_on_a_full_disk)
{
    test::small_disk const disk;
    if (!disk) GTEST_SKIP() << "may not mount a file system";
    auto const before = test::descriptor_count();
    for (auto const policy : {if_exists::replace, if_exists::fail, if_exists::number}) {
        try {
            save(disk.directory().text(), "f", policy, std::string(2 * 1024 * 1024, 'x'));
            ADD_FAILURE() << "more than fits was saved";
        } catch (std::system_error const& error) {
            EXPECT_EQ(error.code(), std::errc::no_space_on_device);
        }
        EXPECT_TRUE(disk.directory().names().empty());
        EXPECT_EQ(disk.used(), 0U);
    }
    EXPECT_EQ(test::descriptor_count(), before);
    EXPECT_EQ(save(disk.directory().text(), "f", if_exists::fail, "from another disk"), "f");
    EXPECT_EQ(disk.directory().content("f"), "from another disk");
}

INSTANTIATE_TEST_SUITE_P(, save_file_by, testing::ValuesIn(ways),
                         [](auto const& one) { return one.param.name; });

class save_file_twice : public testing::Test {
protected:
    std::string save(test::temp_directory const& to, std::string_view name, if_exists policy)
    {
        return save_file(to.text(), name, policy, {.file = &spool_, .size = 7});
    }
    void SetUp() override { spool_.write_at(0, "content"); }
    static ino_t inode(test::temp_directory const& directory, char const* name)
    {
        struct stat facts;
        EXPECT_EQ(::stat((directory.path() / name).c_str(), &facts), 0);
        EXPECT_EQ(facts.st_nlink, 1U);
        return facts.st_ino;
    }
    ino_t spooled() const
    {
        struct stat facts;
        EXPECT_EQ(::fstat(spool_.descriptor(), &facts), 0);
        return facts.st_ino;
    }

    test::temp_directory directory_;
    temp_file spool_{directory_.text()};
};

TEST_F(save_file_twice, copies_nothing_the_first_time)
{
    save(directory_, "a", if_exists::fail);
    EXPECT_EQ(inode(directory_, "a"), spooled());
}

TEST_F(save_file_twice, makes_independent_files)
{
    save(directory_, "a", if_exists::fail);
    save(directory_, "b", if_exists::fail);
    save(directory_, "b", if_exists::number);
    save(directory_, "c", if_exists::replace);
    for (char const* name : {"b", "b (1)", "c"})
        EXPECT_NE(inode(directory_, name), spooled());
    directory_.write("b", "other");
    EXPECT_EQ(directory_.content("a"), "content");
    EXPECT_EQ(directory_.content("b (1)"), "content");
    EXPECT_EQ(directory_.content("c"), "content");
}

TEST_F(save_file_twice, copies_over_the_first_save)
{
    save(directory_, "a", if_exists::replace);
    save(directory_, "a", if_exists::replace);
    EXPECT_EQ(directory_.content("a"), "content");
    EXPECT_EQ(directory_.names(), names{"a"});
}

TEST_F(save_file_twice, succeeds_after_a_failure)
{
    directory_.write("taken", "");
    std::filesystem::create_directory(directory_.path() / "d");
    EXPECT_THROW(save(directory_, "taken", if_exists::fail), std::system_error);
    EXPECT_THROW(save(directory_, "d", if_exists::replace), std::system_error);
    EXPECT_EQ(save(directory_, "a", if_exists::fail), "a");
    EXPECT_EQ(directory_.content("a"), "content");
    EXPECT_EQ(directory_.names(), (names{"a", "d", "taken"}));
}

TEST_F(save_file_twice, copies_to_another_file_system_and_still_links_afterwards)
{
    struct stat here;
    struct stat there;
    if (::stat("/dev/shm", &there) != 0 || ::stat(directory_.text().c_str(), &here) != 0 ||
        here.st_dev == there.st_dev) {
        GTEST_SKIP() << "/dev/shm is no other file system";
    }
    test::temp_directory const other{"/dev/shm"};
    save(other, "a", if_exists::number);
    save(other, "a", if_exists::number);
    EXPECT_EQ(other.content("a"), "content");
    EXPECT_EQ(other.content("a (1)"), "content");
    EXPECT_EQ(other.names(), (names{"a", "a (1)"}));
    save(directory_, "b", if_exists::fail);
    EXPECT_EQ(inode(directory_, "b"), spooled());
}

TEST_F(save_file_twice, says_when_the_first_file_was_cut)
{
    save(directory_, "a", if_exists::fail);
    directory_.write("a", "cut");
    try {
        save(directory_, "b", if_exists::fail);
        ADD_FAILURE() << "nothing was thrown";
    } catch (std::system_error const& error) {
        EXPECT_EQ(error.code(), std::errc::io_error);
    }
    EXPECT_EQ(directory_.names(), names{"a"});
}

TEST_F(save_file_twice, gives_concurrent_savers_one_link)
{
    std::vector<std::thread> threads;
    for (int i = 0; i != 8; ++i)
        threads.emplace_back([this] { save(directory_, "f", if_exists::number); });
    for (auto& thread : threads)
        thread.join();
    std::set<ino_t> inodes;
    for (auto const& name : directory_.names()) {
        inodes.insert(inode(directory_, name.c_str()));
        EXPECT_EQ(directory_.content(name), "content");
    }
    EXPECT_EQ(inodes.size(), 8U);
    EXPECT_EQ(inodes.count(spooled()), 1U);
}

TEST(save_file, finds_a_number_beyond_ten_thousand_in_few_steps)
{
    // In memory, where 20 000 names are made and gone in no time.
    std::filesystem::path const shared_memory = "/dev/shm";
    auto const parent =
        std::filesystem::exists(shared_memory) ? shared_memory : std::filesystem::temp_directory_path();
    test::temp_directory const directory{parent};
    directory.write("f", "");
    constexpr int taken = 20'000;
    for (int i = 1; i != taken; ++i)
        std::filesystem::create_symlink("x", directory.path() / ("f (" + std::to_string(i) + ")"));
    auto const begin = std::chrono::steady_clock::now();
    for (int i = 0; i != 100; ++i) {
        EXPECT_EQ(save_file(directory.text(), "f", if_exists::number, {.bytes = "x"}),
                  "f (" + std::to_string(taken + i) + ")");
    }
    // One after the other it would be two million attempts, 10 s.
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds{3});
    EXPECT_EQ(directory.names().size(), static_cast<std::size_t>(taken) + 100);
}

} // namespace
} // namespace serval::base
