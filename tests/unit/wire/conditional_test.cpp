#include "wire/conditional.hpp"

#include <gtest/gtest.h>

#include <ostream>

namespace serval::wire {

void PrintTo(precondition_outcome outcome, std::ostream* out)
{
    *out << (outcome == precondition_outcome::proceed        ? "proceed"
             : outcome == precondition_outcome::not_modified ? "not_modified"
                                                             : "failed");
}

namespace {

constexpr auto proceed = precondition_outcome::proceed;
constexpr auto not_modified = precondition_outcome::not_modified;
constexpr auto failed = precondition_outcome::failed;

constexpr std::string_view before = "Sun, 06 Nov 1994 08:49:36 GMT";
constexpr std::string_view same = "Sun, 06 Nov 1994 08:49:37 GMT";
constexpr std::string_view after = "Sun, 06 Nov 1994 08:49:38 GMT";

constexpr std::time_t modified = 784111777; // `same`
constexpr validators strong{"\"abc\"", modified, modified + 60};
constexpr validators weak{"W/\"abc\"", modified, modified + 60};

precondition_outcome get(preconditions const& fields, validators const& current = strong)
{
    return evaluate(fields, current, true).outcome;
}

precondition_outcome put(preconditions const& fields, validators const& current = strong)
{
    return evaluate(fields, current, false).outcome;
}

bool range_applies(std::string_view if_range, validators const& current = strong)
{
    return evaluate({.if_range = if_range}, current, true).range_applies;
}

} // namespace

TEST(conditional, proceeds_without_preconditions)
{
    auto const result = evaluate({}, strong, true);
    EXPECT_EQ(result.outcome, proceed);
    EXPECT_TRUE(result.range_applies);
}

TEST(conditional, answers_if_none_match_with_not_modified_for_safe_methods_only)
{
    EXPECT_EQ(get({.if_none_match = "\"abc\""}), not_modified);
    EXPECT_EQ(put({.if_none_match = "\"abc\""}), failed);
    EXPECT_EQ(get({.if_none_match = "\"abd\""}), proceed);
    EXPECT_EQ(put({.if_none_match = "\"abd\""}), proceed);
}

TEST(conditional, compares_if_none_match_weakly)
{
    EXPECT_EQ(get({.if_none_match = "W/\"abc\""}), not_modified);
    EXPECT_EQ(get({.if_none_match = "\"abc\""}, weak), not_modified);
    EXPECT_EQ(get({.if_none_match = "W/\"abc\""}, weak), not_modified);
}

TEST(conditional, compares_if_match_strongly)
{
    EXPECT_EQ(get({.if_match = "\"abc\""}), proceed);
    EXPECT_EQ(get({.if_match = "W/\"abc\""}), failed);
    EXPECT_EQ(get({.if_match = "\"abc\""}, weak), failed);
    EXPECT_EQ(get({.if_match = "W/\"abc\""}, weak), failed);
    EXPECT_EQ(put({.if_match = "\"abd\""}), failed);
}

TEST(conditional, matches_a_star_with_whatever_exists)
{
    EXPECT_EQ(get({.if_match = "*"}), proceed);
    EXPECT_EQ(get({.if_match = "*"}, validators{""}), proceed);
    EXPECT_EQ(get({.if_none_match = " * "}), not_modified);
    EXPECT_EQ(put({.if_none_match = "*"}), failed);
    EXPECT_EQ(get({.if_none_match = "\"*\""}), proceed);
}

TEST(conditional, finds_a_tag_anywhere_in_a_list)
{
    EXPECT_EQ(get({.if_none_match = "\"x\", \"abc\""}), not_modified);
    EXPECT_EQ(get({.if_none_match = "\"abc\",W/\"x\""}), not_modified);
    EXPECT_EQ(get({.if_none_match = ", ,\"x\"\t,\"abc\" ,"}), not_modified);
    EXPECT_EQ(get({.if_none_match = "\"a,b\", \"abc\""}), not_modified);
    EXPECT_EQ(get({.if_none_match = "\"x\", \"y\""}), proceed);
}

TEST(conditional, takes_tags_with_every_character_that_the_grammar_has)
{
    validators const current{"\"!#~\x80\xFF\\,*\""};
    EXPECT_EQ(get({.if_none_match = "\"!#~\x80\xFF\\,*\""}, current), not_modified);
    EXPECT_EQ(get({.if_none_match = "\"\""}, validators{"\"\""}), not_modified);
}

TEST(conditional, matches_nothing_with_a_malformed_list)
{
    for (std::string_view const list : {"",
                                        ",",
                                        "abc",
                                        "\"abc",
                                        "abc\"",
                                        "w/\"abc\"",
                                        "W/",
                                        "W\"abc\"",
                                        "W/abc",
                                        "W/ \"abc\"",
                                        "\"abc\" \"x\"",
                                        "\"abc\"x",
                                        "\"abc\";",
                                        "\"abc\", x",
                                        "\"abc\", \"x",
                                        "x, \"abc\"",
                                        "*, \"abc\"",
                                        "\"abc\", *",
                                        "**",
                                        "\"a\x7F\", \"abc\"",
                                        "\"a b\", \"abc\"",
                                        "'abc'"}) {
        EXPECT_EQ(get({.if_none_match = list}), proceed) << list;
        EXPECT_EQ(get({.if_match = list}), failed) << list;
    }
}

TEST(conditional, answers_if_modified_since_by_the_second)
{
    EXPECT_EQ(get({.if_modified_since = before}), proceed);
    EXPECT_EQ(get({.if_modified_since = same}), not_modified);
    EXPECT_EQ(get({.if_modified_since = after}), not_modified);
}

TEST(conditional, answers_if_unmodified_since_by_the_second)
{
    EXPECT_EQ(get({.if_unmodified_since = before}), failed);
    EXPECT_EQ(get({.if_unmodified_since = same}), proceed);
    EXPECT_EQ(put({.if_unmodified_since = before}), failed);
}

TEST(conditional, takes_the_obsolete_forms_of_dates)
{
    EXPECT_EQ(get({.if_modified_since = "Sunday, 06-Nov-94 08:49:37 GMT"}), not_modified);
    EXPECT_EQ(get({.if_modified_since = "Sun Nov  6 08:49:37 1994"}), not_modified);
}

TEST(conditional, ignores_bad_dates)
{
    for (std::string_view const date : {"", "yesterday", "784111777", "Sun, 06 Nov 1994 08:49:37",
                                        "Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:37 GMT"}) {
        EXPECT_EQ(get({.if_modified_since = date}), proceed) << date;
        EXPECT_EQ(get({.if_unmodified_since = date}), proceed) << date;
    }
}

TEST(conditional, ignores_if_modified_since_for_unsafe_methods)
{
    EXPECT_EQ(put({.if_modified_since = same}), proceed);
}

TEST(conditional, ignores_dates_for_what_has_no_date)
{
    validators const dateless{"\"abc\""};
    EXPECT_EQ(get({.if_modified_since = after}, dateless), proceed);
    EXPECT_EQ(get({.if_unmodified_since = before}, dateless), proceed);
}

TEST(conditional, ignores_dates_where_tags_are_given)
{
    EXPECT_EQ(get({.if_match = "\"abc\"", .if_unmodified_since = before}), proceed);
    EXPECT_EQ(get({.if_none_match = "\"x\"", .if_modified_since = after}), proceed);
    EXPECT_EQ(get({.if_none_match = "abc", .if_modified_since = after}), proceed);
}

TEST(conditional, looks_at_if_match_before_if_none_match)
{
    EXPECT_EQ(get({.if_match = "\"x\"", .if_none_match = "\"abc\""}), failed);
    EXPECT_EQ(get({.if_match = "\"abc\"", .if_none_match = "\"abc\""}), not_modified);
    EXPECT_EQ(get({.if_unmodified_since = before, .if_none_match = "\"abc\""}), failed);
    EXPECT_EQ(get({.if_unmodified_since = same, .if_modified_since = same}), not_modified);
}

TEST(conditional, lets_a_range_apply_to_the_version_that_if_range_names)
{
    EXPECT_TRUE(range_applies("\"abc\""));
    EXPECT_TRUE(range_applies(" \"abc\" "));
    EXPECT_TRUE(range_applies(same));
    EXPECT_FALSE(range_applies("\"x\""));
    EXPECT_FALSE(range_applies(before));
    EXPECT_FALSE(range_applies(after)) << "exactly, not from then on";
}

TEST(conditional, takes_no_date_for_a_version_that_may_have_changed_in_the_same_second)
{
    EXPECT_TRUE(range_applies(same, {"", modified, modified + 1}));
    EXPECT_FALSE(range_applies(same, {"", modified, modified}));
    EXPECT_FALSE(range_applies(same, {"", modified, modified - 1})) << "by a clock that went back";
    EXPECT_TRUE(range_applies("\"abc\"", {"\"abc\"", modified, modified})) << "a tag tells them apart";
    EXPECT_EQ(get({.if_modified_since = same}, {"", modified, modified}), not_modified);
}

TEST(conditional, wants_a_strong_tag_of_if_range)
{
    EXPECT_FALSE(range_applies("W/\"abc\""));
    EXPECT_FALSE(range_applies("\"abc\"", weak));
    EXPECT_FALSE(range_applies("W/\"abc\"", weak));
    EXPECT_FALSE(range_applies(same, validators{"\"abc\""}));
}

TEST(conditional, lets_no_range_apply_when_if_range_is_malformed)
{
    for (std::string_view const field :
         {"", "*", "abc", "\"abc", "\"abc\", \"abc\"", "\"abc\"x", "yesterday"})
        EXPECT_FALSE(range_applies(field)) << field;
}

} // namespace serval::wire
