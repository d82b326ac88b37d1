// What skips many bytes at a time stops where a loop over bytes does.
#include "wire/scan.hpp"

#include <gtest/gtest.h>

#include <string>

namespace serval::wire {
namespace {

bool is_path_text(char c)
{
    return is_target_text(c) && c != '?';
}

/// `skip` must stop at the first byte that `is_good` refuses: any one, anywhere in texts of any size.
void expect_stop(char const* (*skip)(char const*, char const*), bool (*is_good)(char))
{
    for (std::size_t size = 0; size != 50; ++size) {
        std::string text(size, 'x');
        char const* const begin = text.data();
        EXPECT_EQ(skip(begin, begin + size), begin + size) << size;
        for (std::size_t at = 0; at != size; ++at) {
            for (unsigned byte = 0; byte != 256; ++byte) {
                char const c = static_cast<char>(static_cast<unsigned char>(byte));
                text[at] = c;
                auto const stop = static_cast<std::size_t>(skip(begin, begin + size) - begin);
                ASSERT_EQ(stop, is_good(c) ? size : at) << size << ' ' << at << ' ' << byte;
            }
            text[at] = 'x';
        }
    }
}

TEST(scan, stops_at_what_no_token_has)
{
    expect_stop([](char const* at, char const* end) { return skip_token(at, end); },
                [](char c) { return base::is_token_char(c); });
}

TEST(scan, stops_at_what_no_field_has)
{
    expect_stop([](char const* at, char const* end) { return skip_field_text(at, end); },
                [](char c) { return is_field_text(c); });
}

TEST(scan, stops_at_what_no_path_has)
{
    expect_stop([](char const* at, char const* end) { return skip_path_text(at, end); }, is_path_text);
}

} // namespace
} // namespace serval::wire
