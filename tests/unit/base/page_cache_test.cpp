#include "base/page_cache.hpp"
#include "base/temp_file.hpp"
#include "support/scratch.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <string>
#include <unistd.h>

namespace serval::base {
namespace {

constexpr std::uint64_t size = 512 * 1024;

class page_cache : public testing::Test {
protected:
    page_cache() { file_.write_at(0, std::string(size, 'x')); }

    // False where the system keeps the pages all the same, as on a tmpfs.
    bool drop()
    {
        ::fsync(file_.descriptor());
        ::posix_fadvise(file_.descriptor(), 0, 0, POSIX_FADV_DONTNEED);
        return !is_in_memory(file_.descriptor(), 0, size);
    }

    test::temp_directory directory_;
    temp_file file_{directory_.text()};
};

TEST_F(page_cache, has_what_was_just_written)
{
    EXPECT_TRUE(is_in_memory(file_.descriptor(), 0, size));
    EXPECT_TRUE(is_in_memory(file_.descriptor(), 0, 0));
}

TEST_F(page_cache, has_what_was_brought_in)
{
    if (!drop()) GTEST_SKIP() << "this file system is memory itself";
    bring_into_memory(file_.descriptor(), 0, size);
    EXPECT_TRUE(is_in_memory(file_.descriptor(), 0, size));
}

TEST_F(page_cache, notices_that_the_last_byte_is_missing)
{
    if (!drop()) GTEST_SKIP() << "this file system is memory itself";
    ::posix_fadvise(file_.descriptor(), 0, 0, POSIX_FADV_RANDOM); // no reading ahead
    char byte = 0;
    ASSERT_EQ(read_all_at(file_.descriptor(), 0, &byte, 1).size, 1U);
    EXPECT_TRUE(is_in_memory(file_.descriptor(), 0, 1));
    EXPECT_FALSE(is_in_memory(file_.descriptor(), 0, size));
}

TEST_F(page_cache, leaves_errors_and_the_end_to_those_who_read)
{
    EXPECT_TRUE(is_in_memory(-1, 0, 10));
    EXPECT_TRUE(is_in_memory(file_.descriptor(), size, 10));
    bring_into_memory(-1, 0, 10);
    bring_into_memory(file_.descriptor(), size - 5, 10);
}

} // namespace
} // namespace serval::base
