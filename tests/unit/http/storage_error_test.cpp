#include <serval/storage_error.hpp>

#include <gtest/gtest.h>

#include <cerrno>

namespace serval {
namespace {

TEST(storage_error, is_507_for_whatever_the_disk_reports)
{
    for (int const number : {ENOSPC, EDQUOT, EFBIG, EROFS, EACCES, EPERM, EIO, ENOENT, ENOTDIR}) {
        storage_error const error{{number, std::generic_category()}};
        EXPECT_EQ(error.status(), 507) << number;
        EXPECT_EQ(error.code().value(), number);
        EXPECT_EQ(error.json_detail(), "\"Insufficient Storage\"");
    }
}

TEST(storage_error, is_503_and_asks_for_another_attempt_for_what_has_run_out_and_comes_back)
{
    for (int const number : {EMFILE, ENFILE, ENOMEM}) {
        storage_error const error{{number, std::generic_category()}};
        EXPECT_EQ(error.status(), 503) << number;
        EXPECT_EQ(error.headers().get("retry-after"), "1");
        EXPECT_EQ(error.json_detail(), "\"Service Unavailable\"");
    }
}

TEST(storage_error, is_409_for_a_name_that_is_taken)
{
    for (int const number : {EEXIST, EISDIR}) {
        storage_error const error{{number, std::generic_category()}};
        EXPECT_EQ(error.status(), 409);
        EXPECT_EQ(error.json_detail(), "\"Conflict\"");
    }
}

TEST(storage_error, names_the_reason_for_logs_only)
{
    storage_error const error{std::make_error_code(std::errc::no_space_on_device)};
    EXPECT_STREQ(error.what(), "507: Insufficient Storage (No space left on device)");
    EXPECT_TRUE(error.headers().empty());
}

} // namespace
} // namespace serval
