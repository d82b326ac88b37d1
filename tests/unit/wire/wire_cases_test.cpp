// The raw requests of tests/wire/cases, through the whole codec: whole, split at every offset, and byte by
// byte.
#include "support/wire_cases.hpp"

#include <gtest/gtest.h>

#include <numeric>
#include <set>

namespace serval::test {

namespace {

// Splitting is quadratic: of long requests only the ends and some places between are tried.
bool is_worth_a_split(std::size_t offset, std::size_t size)
{
    constexpr std::size_t edge = 300;
    return size <= 2 * edge || offset < edge || size - offset < edge || offset % 3989 == 0;
}

std::string describe(wire_case const& c)
{
    std::string raw = escape(c.raw);
    if (raw.size() > 600) raw = raw.substr(0, 600) + "...";
    return c.file + ": " + c.name + "\n" + raw;
}

void expect_values(wire_case const& c, wire_outcome const& whole)
{
    for (auto const& [key, expected] : c.expectations) {
        auto const found = whole.values.find(key);
        std::string const actual = found == whole.values.end() ? "(none)" : found->second;
        EXPECT_EQ(escape(actual), escape(expected)) << key;
    }
}

} // namespace

TEST(wire_cases, are_judged_as_their_files_say)
{
    for (wire_case const& c : all_wire_cases()) {
        SCOPED_TRACE(describe(c));
        wire_outcome const whole = decode_request(c.raw, {c.raw.size()});
        EXPECT_EQ(whole.outcome, c.outcome);
        expect_values(c, whole);
    }
}

TEST(wire_cases, are_judged_the_same_when_split_at_every_offset)
{
    for (wire_case const& c : all_wire_cases()) {
        SCOPED_TRACE(describe(c));
        wire_outcome const whole = decode_request(c.raw, {c.raw.size()});
        for (std::size_t offset = 0; offset <= c.raw.size(); ++offset) {
            if (!is_worth_a_split(offset, c.raw.size())) continue;
            ASSERT_EQ(decode_request(c.raw, {offset, c.raw.size()}), whole) << "split at " << offset;
        }
    }
}

TEST(wire_cases, are_judged_the_same_byte_by_byte)
{
    for (wire_case const& c : all_wire_cases()) {
        SCOPED_TRACE(describe(c));
        std::vector<std::size_t> ends(c.raw.size());
        std::iota(ends.begin(), ends.end(), 1U);
        if (c.raw.size() > 4096) { // the copies are quadratic
            std::erase_if(ends, [&](std::size_t end) { return !is_worth_a_split(end, c.raw.size()); });
        }
        ASSERT_EQ(decode_request(c.raw, ends), decode_request(c.raw, {c.raw.size()}));
    }
}

TEST(wire_cases, have_distinct_names_and_are_many)
{
    std::set<std::string> names;
    for (wire_case const& c : all_wire_cases())
        EXPECT_TRUE(names.insert(c.name).second) << describe(c);
    EXPECT_GE(names.size(), 120U);
}

// The loader must not let a mistake in a file pass as a test that checks nothing.
TEST(wire_cases, know_every_key_that_a_file_checks)
{
    std::set<std::string> const keys{"method", "known_method", "target",     "path",     "query",
                                     "host",   "version",      "keep_alive", "continue", "framing",
                                     "length", "fields",       "body",       "rest"};
    for (wire_case const& c : all_wire_cases()) {
        for (auto const& expectation : c.expectations) {
            std::string const& key = expectation.first;
            EXPECT_TRUE(keys.contains(key) || key.starts_with("field ")) << describe(c) << "\n" << key;
        }
    }
}

} // namespace serval::test
