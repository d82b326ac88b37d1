#include "base/ascii.hpp"
#include "model/uuid_text.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <unordered_set>

namespace serval::model {

namespace {

constexpr std::string_view written = "12345678-1234-5678-1234-567812345678";

TEST(uuid_text, reads_every_form)
{
    for (std::string const text :
         {"12345678-1234-5678-1234-567812345678", "12345678123456781234567812345678",
          "{12345678-1234-5678-1234-567812345678}", "urn:uuid:12345678-1234-5678-1234-567812345678"}) {
        auto const id = parse_uuid(text);
        ASSERT_TRUE(id) << text;
        EXPECT_EQ(id->to_string(), written);
    }
    EXPECT_EQ(parse_uuid("ABCDEF78-1234-5678-1234-567812345678")->to_string(),
              "abcdef78-1234-5678-1234-567812345678");
}

TEST(uuid_text, looks_at_every_byte)
{
    for (std::string const text :
         {"12345678-1234-5678-1234-567812345678", "12345678123456781234567812345678"}) {
        for (std::size_t at = 0; at != text.size(); ++at) {
            for (int byte = 0; byte != 256; ++byte) {
                std::string changed = text;
                changed[at] = static_cast<char>(byte);
                bool const is_digit = byte < 0x80 && std::isxdigit(byte) != 0;
                auto const id = uuid::from_string(changed);
                ASSERT_EQ(id.has_value(), text[at] == '-' ? byte == '-' : is_digit) << changed;
                if (!id || text.size() != written.size()) continue;
                std::transform(changed.begin(), changed.end(), changed.begin(), base::to_lower);
                EXPECT_EQ(id->to_string(), changed);
            }
        }
    }
}

struct refusal {
    char const* text;
    char const* reason;
};

TEST(uuid_text, explains_refusals_as_the_uuid_crate)
{
    refusal const cases[] = {
        {"", "invalid length: expected length 32 for simple format, found 0"},
        {"abc", "invalid length: expected length 32 for simple format, found 3"},
        {"1-2-3", "invalid group count: expected 5, found 3"},
        {"------", "invalid group count: expected 5, found 7"},
        {"{}", "invalid group count: expected 5, found 1"},
        {"urn:uuid:12345678123456781234567812345678", "invalid group count: expected 5, found 1"},
        {"----", "invalid group length in group 0: expected 8, found 0"},
        {"123456781-234-5678-1234-567812345678", "invalid group length in group 0: expected 8, found 9"},
        {"12345678-1234-5678-123-5678123456789", "invalid group length in group 3: expected 4, found 3"},
        {"12345678-1234-5678-1234-56781234567", "invalid group length in group 4: expected 12, found 11"},
        {"{12345678-1234-5678-1234-56781234567}", "invalid group length in group 4: expected 12, found 13"},
        {"12345678-1234-5678-1234-56781234567g", "invalid character: expected an optional prefix of "
                                                 "`urn:uuid:` followed by [0-9a-fA-F-], found `g` at 36"},
        {"URN:UUID:12345678-1234-5678-1234-567812345678",
         "invalid character: expected an optional prefix of `urn:uuid:` followed by [0-9a-fA-F-], found `U` "
         "at 1"},
        {"\xC3\xA9"
         "2345678-1234-5678-1234-567812345678",
         "invalid character: expected an optional prefix of `urn:uuid:` followed by [0-9a-fA-F-], found "
         "`\xC3\xA9` at 1"},
        {"{", "invalid character: expected an optional prefix of `urn:uuid:` followed by [0-9a-fA-F-], found "
              "`{` at 1"},
    };
    for (auto const& c : cases) {
        auto const id = parse_uuid(c.text);
        ASSERT_FALSE(id) << c.text;
        EXPECT_EQ(id.error().type, "uuid_parsing");
        EXPECT_EQ(id.error().message, std::string{"Input should be a valid UUID, "} + c.reason);
        EXPECT_EQ(id.error().context, std::string{R"({"error":")"} + c.reason + R"("})");
    }
}

TEST(uuid_text, is_a_value_with_order_and_hash)
{
    uuid const nil;
    uuid const id = *uuid::from_string(written);
    EXPECT_TRUE(nil.is_nil());
    EXPECT_FALSE(id.is_nil());
    EXPECT_EQ(nil.to_string(), "00000000-0000-0000-0000-000000000000");
    EXPECT_LT(nil, id);
    EXPECT_EQ(id, uuid{id.bytes()});
    EXPECT_EQ(std::unordered_set<uuid>({id, id, nil}).size(), 2U);
    EXPECT_EQ(uuid::from_string("no"), std::nullopt);
}

} // namespace

} // namespace serval::model
