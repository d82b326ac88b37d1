#include "wire/error.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

namespace serval::wire {

TEST(error, has_the_status_that_the_rfcs_name)
{
    std::map<error, int> const statuses{
        {error::none, 0},
        {error::bad_request_line, 400},
        {error::bad_version, 505},
        {error::bad_target, 400},
        {error::bad_field, 400},
        {error::bad_host, 400},
        {error::bad_framing, 400},
        {error::unknown_coding, 501},
        {error::bad_chunk, 400},
        {error::bad_expectation, 417},
        {error::request_line_too_long, 414},
        {error::fields_too_large, 431},
        {error::body_too_large, 413},
        {error::timeout, 408},
    };
    for (auto const& [e, status] : statuses)
        EXPECT_EQ(status_of(e), status) << message_of(e);
}

TEST(error, has_a_message_of_its_own)
{
    std::set<std::string_view> messages;
    for (int i = 0; i <= static_cast<int>(error::timeout); ++i) {
        EXPECT_TRUE(messages.insert(message_of(static_cast<error>(i))).second) << i;
    }
    EXPECT_EQ(message_of(error::none), "");
    EXPECT_EQ(message_of(error::bad_host), "missing, repeated or malformed Host");
}

} // namespace serval::wire
