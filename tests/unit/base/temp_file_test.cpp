#include "base/temp_file.hpp"
#include "support/process_facts.hpp"
#include "support/scratch.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <string>
#include <sys/stat.h>
#include <system_error>

namespace serval::base {
namespace {

// With O_TMPFILE, and with what stands in for it.
class temp_file_of : public testing::TestWithParam<bool> {
protected:
    file_methods methods() const { return {.unnamed = GetParam()}; }

    test::temp_directory directory_;
};

TEST_P(temp_file_of, has_no_name_and_is_for_this_process_alone)
{
    auto const before = test::descriptor_count();
    {
        temp_file const file{directory_.text(), methods()};
        EXPECT_TRUE(directory_.names().empty());
        struct stat facts;
        ASSERT_EQ(::fstat(file.descriptor(), &facts), 0);
        EXPECT_EQ(facts.st_mode & 0777U, 0600U);
        EXPECT_EQ(facts.st_nlink, 0U);
        EXPECT_NE(::fcntl(file.descriptor(), F_GETFD) & FD_CLOEXEC, 0);
        EXPECT_EQ(test::descriptor_count(), before + 1);
    }
    EXPECT_EQ(test::descriptor_count(), before);
}

TEST_P(temp_file_of, gives_back_what_was_written_at_each_offset)
{
    temp_file file{directory_.text(), methods()};
    file.write_at(0, "0123456789");
    file.write_at(5, "abc");
    std::string text(10, '\0');
    EXPECT_EQ(file.read_at(0, text.data(), text.size()), 10U);
    EXPECT_EQ(text, "01234abc89");
    EXPECT_EQ(file.read_at(8, text.data(), text.size()), 2U);
    EXPECT_EQ(text.substr(0, 2), "89");
    EXPECT_EQ(file.read_at(10, text.data(), text.size()), 0U);
}

TEST_P(temp_file_of, cannot_be_made_where_there_is_no_directory)
{
    auto const before = test::descriptor_count();
    directory_.write("plain", "");
    EXPECT_THROW((temp_file{directory_.text() + "/none", methods()}), std::system_error);
    EXPECT_THROW((temp_file{directory_.text() + "/plain", methods()}), std::system_error);
    EXPECT_EQ(test::descriptor_count(), before);
}

TEST_P(temp_file_of, says_that_the_disk_is_full)
{
    test::small_disk const disk;
    if (!disk) GTEST_SKIP() << "may not mount a file system";
    {
        temp_file file{disk.directory().text(), methods()};
        std::string const half(512 * 1024, 'x');
        file.write_at(0, half);
        try {
            file.write_at(half.size(), half + half);
            ADD_FAILURE() << "more than fits was written";
        } catch (std::system_error const& error) {
            EXPECT_EQ(error.code(), std::errc::no_space_on_device);
        }
    }
    EXPECT_EQ(disk.used(), 0U);
}

INSTANTIATE_TEST_SUITE_P(, temp_file_of, testing::Bool(),
                         [](auto const& one) { return one.param ? "unnamed" : "unlinked"; });

TEST(temp_file, can_be_given_a_name_once_and_only_when_it_never_had_one)
{
    test::temp_directory const directory;
    temp_file const file{directory.text()};
    EXPECT_TRUE(file.claim_link());
    EXPECT_FALSE(file.claim_link());
    file.release_link();
    EXPECT_TRUE(file.claim_link());
    temp_file const unlinked{directory.text(), {.unnamed = false}};
    EXPECT_FALSE(unlinked.claim_link());
}

TEST(temp_file, refuses_descriptors_that_cannot_be_written_or_read)
{
    int const write_only = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
    file_descriptor const owner{write_only};
    char byte = 0;
    EXPECT_EQ(read_all_at(write_only, 0, &byte, 1).error, std::errc::bad_file_descriptor);
    EXPECT_EQ(write_all_at(-1, 0, "x"), std::errc::bad_file_descriptor);
}

} // namespace
} // namespace serval::base
