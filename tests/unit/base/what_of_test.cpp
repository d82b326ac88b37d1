#include "base/what_of.hpp"

#include <boost/system/system_error.hpp>
#include <gtest/gtest.h>

#include <cerrno>
#include <exception>
#include <stdexcept>
#include <string>
#include <system_error>

namespace serval::base {
namespace {

template <class T>
std::string what_of(T thrown)
{
    return base::what_of(std::make_exception_ptr(thrown));
}

TEST(what_of, is_the_text_of_the_exception)
{
    EXPECT_EQ(what_of(std::runtime_error("no database")), "no database");
    EXPECT_EQ(what_of(5), "an exception that is no std::exception");
    EXPECT_EQ(what_of("text"), "an exception that is no std::exception");
}

TEST(what_of, says_category_and_value_of_an_error_code_and_not_where_it_was_set)
{
    namespace sys = boost::system;
    sys::error_code const plain(ECONNREFUSED, sys::system_category());
    EXPECT_EQ(what_of(sys::system_error(plain)), "Connection refused [system:111]");
    static constexpr boost::source_location place = BOOST_CURRENT_LOCATION;
    sys::error_code const located(plain, &place);
    ASSERT_NE(std::string{sys::system_error(located).what()}.find("what_of_test"), std::string::npos);
    EXPECT_EQ(what_of(sys::system_error(located)), "Connection refused [system:111]");
    EXPECT_EQ(what_of(sys::system_error(located, "connect at 10")),
              "connect at 10: Connection refused [system:111]");
    EXPECT_EQ(what_of(std::system_error(ENOENT, std::generic_category(), "open")),
              "open: No such file or directory");
}

} // namespace
} // namespace serval::base
