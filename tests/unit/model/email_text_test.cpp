#include "model/email_text.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <unordered_set>

namespace serval::model {

namespace {

struct acceptance {
    std::string text;
    std::string normalized;
};

TEST(email_text, accepts_and_normalises)
{
    acceptance const cases[] = {
        {"a@b.c", "a@b.c"},
        {"Joe@Example.COM", "Joe@example.com"},
        {"INFO@example.com", "info@example.com"},
        {"  joe@example.com\n", "joe@example.com"},
        {"Joe <joe@example.com>", "joe@example.com"},
        {"Joe Public< joe@example.com > ", "joe@example.com"},
        {"<joe@example.com>", "joe@example.com"},
        {R"("Joe, Q. Public" <joe@example.com>)", "joe@example.com"},
        {"J\xC3\xB6 <joe@example.com>", "joe@example.com"},
        {"!#$%&'*+-/=?^_`{|}~@example.com", "!#$%&'*+-/=?^_`{|}~@example.com"},
        {"\xC3\xBC@example.com", "\xC3\xBC@example.com"},
        {"a@\xC3\xBC.com", "a@\xC3\xBC.com"},
        {"a@\xC3\x9C.com", "a@\xC3\xBC.com"},
        {"a@xn--tda.com", "a@\xC3\xBC.com"},
        {"a@XN--TDA.com", "a@\xC3\xBC.com"},
        {"a@b\xE3\x80\x82"
         "com",
         "a@b.com"},
        {std::string(65, 'a') + "@b.com", std::string(65, 'a') + "@b.com"},
        {"a@" + std::string(63, 'b') + ".com", "a@" + std::string(63, 'b') + ".com"},
        {"a@1.com", "a@1.com"},
        {"a@mytest.com", "a@mytest.com"},
        {"a@\xEF\xBD\x85xample.com", "a@example.com"}, // a full-width e
        {"a\xCC\x81@b.com", "\xC3\xA1@b.com"},         // decomposed
        {"a@e\xCC\x81.com", "a@\xC3\xA9.com"},
        {"a@fa\xC3\x9F.de", "a@fa\xC3\x9F.de"},
        {"a@\xD7\x90\xD7\x91.com", "a@\xD7\x90\xD7\x91.com"},
    };
    for (auto const& c : cases) {
        auto const address = parse_email(c.text);
        ASSERT_TRUE(address) << c.text << ": " << address.error().message;
        EXPECT_EQ(address->str(), c.normalized);
    }
}

void expect_same_as_any(std::string_view text)
{
    auto const read = parse_email(text);
    auto const exact = parse_any_email(text);
    ASSERT_EQ(read.has_value(), exact.has_value()) << text;
    if (read) {
        ASSERT_EQ(read->str(), exact->str()) << text;
    } else {
        ASSERT_EQ(read.error(), exact.error()) << text;
    }
}

TEST(email_text, takes_the_short_way_only_to_where_the_long_one_goes)
{
    constexpr std::string_view characters = "aZ0-.@";
    for (std::size_t size = 0; size != 7; ++size) { // every text of so many of the characters that matter
        std::size_t count = 1;
        for (std::size_t i = 0; i != size; ++i)
            count *= characters.size();
        for (std::size_t n = 0; n != count; ++n) {
            std::string text;
            for (std::size_t rest = n; text.size() != size; rest /= characters.size())
                text += characters[rest % characters.size()];
            expect_same_as_any(text);
        }
    }
    std::string const address = "ada.l@ex-1.co.uk";
    for (std::size_t at = 0; at != address.size(); ++at) {
        for (int byte = 0; byte != 256; ++byte) {
            std::string text = address;
            text[at] = static_cast<char>(byte);
            expect_same_as_any(text);
            expect_same_as_any(text.insert(at, 1, static_cast<char>(byte)));
        }
    }
}

TEST(email_text, takes_the_short_way_at_no_limit_and_to_no_special_name)
{
    for (std::size_t size :
         {62U, 63U, 64U, 65U, 180U, 182U, 183U, 184U, 240U, 241U, 248U, 249U, 250U, 300U}) {
        std::string const long_part(size, 'x');
        expect_same_as_any(long_part + "@b.com");
        expect_same_as_any("a@" + long_part + ".com");
        expect_same_as_any("a@b." + long_part);
        expect_same_as_any("a@" + std::string(60, 'x') + '.' + std::string(60, 'y') + '.' + long_part);
        expect_same_as_any(long_part + '@' + std::string(60, 'x') + ".com");
    }
    for (std::string_view const name :
         {"info", "INFO", "Info", "postmaster", "Postmaster", "www", "WWW", "Joe"}) {
        expect_same_as_any(std::string{name} + "@b.com");
        expect_same_as_any(std::string{name} + ".x@b.com");
    }
    for (std::string_view const domain :
         {"x.arpa", "x.invalid", "x.local", "x.localhost", "x.onion", "x.test", "x.mytest", "test.com",
          "xn--tda.com", "axn--tda.com", "ab--c.com", "a--b.com", "xn.com", "xn-.com", "x.xn--p1ai",
          "[127.0.0.1]", "1.2.3.4"}) {
        expect_same_as_any("a@" + std::string{domain});
    }
}

struct refusal {
    std::string text;
    std::string reason;
};

void expect_refusals(std::initializer_list<refusal> cases)
{
    for (auto const& c : cases) {
        auto const address = parse_email(c.text);
        ASSERT_FALSE(address) << c.text;
        EXPECT_EQ(address.error().type, "value_error");
        EXPECT_EQ(address.error().message, "value is not a valid email address: " + c.reason) << c.text;
    }
}

TEST(email_text, explains_what_is_wrong_before_the_at_sign)
{
    expect_refusals({
        {"", "An email address must have an @-sign."},
        {"bad", "An email address must have an @-sign."},
        {"\"a@b.com", "An email address must have an @-sign."},
        {"@b.com", "There must be something before the @-sign."},
        {"a b@c.com", "The email address contains invalid characters before the @-sign: SPACE."},
        {"a(b,a)@c.com", "The email address contains invalid characters before the @-sign: '(', ')', ','."},
        {"a\\b@c.com", "The email address contains invalid characters before the @-sign: \"\\\"."},
        {"a\nb@c.com", "The email address contains invalid characters before the @-sign: U+000A."},
        {"a..b@c.com", "An email address cannot have two periods in a row."},
        {".a@c.com", "An email address cannot start with a period."},
        {"a.@c.com", "An email address cannot have a period immediately before the @-sign."},
        {"\"a b\"@c.com", "Quoting the part before the @-sign is not allowed here."},
        {"\"a\"@c.com", "Quoting the part before the @-sign is not allowed here."},
        {"\"a\"b@c.com", "Extra character(s) found after close quote: 'b'"},
        {"\"\"@c.com", "There must be something before the @-sign."},
        {"a\xE2\x80\x8B"
         "b@c.com",
         "The email address contains unsafe characters: ZERO WIDTH SPACE."},
        {"\xCC\x81"
         "a@c.com",
         "The email address contains unsafe characters: COMBINING ACUTE ACCENT."},
        {"a\xE2\x81\xA1@c.com", "The email address contains unsafe characters: FUNCTION APPLICATION."},
        {"a\xEE\x80\x80@c.com", "The email address contains unsafe characters: U+E000."},
    });
}

TEST(email_text, refuses_malformed_utf8)
{
    std::string const why = "The email address is not valid UTF-8.";
    expect_refusals({
        {"a@b\xF0\x83\x80\x82"
         "com",
         why}, // U+3002 in four bytes
        {"\xC1\x81@b.com", why},
        {"\xED\xA0\x80@b.com", why},
        {"\xFF <a@b.com>", why},
        {"\"\xFF\" <a@b.com>", why},
    });
}

TEST(email_text, explains_what_is_wrong_after_the_at_sign)
{
    std::string const special =
        "The part after the @-sign is a special-use or reserved name that cannot be used with "
        "email.";
    expect_refusals({
        {"a@", "There must be something after the @-sign."},
        {"a@b", "The part after the @-sign is not valid. It should have a period."},
        {"a@b_c.com", "The part after the @-sign contains invalid characters: '_'."},
        {"a@b@c.com", "The part after the @-sign contains invalid characters: '@'."},
        {"a@b c.com", "The part after the @-sign contains invalid characters: SPACE."},
        {"a@b..com", "An email address cannot have two periods in a row."},
        {"a@.b.com", "An email address cannot have a period immediately after the @-sign."},
        {"a@b.com.", "An email address cannot end with a period."},
        {"a@-b.com", "An email address cannot have a hyphen immediately after the @-sign."},
        {"a@b.com-", "An email address cannot end with a hyphen."},
        {"a@b-.com", "An email address cannot have a period and a hyphen next to each other."},
        {"a@ab--c.com",
         "An email address cannot have two letters followed by two dashes immediately after the @-sign or "
         "after a period, except Punycode."},
        {"a@b.123", "The part after the @-sign is not valid. It is not within a valid top-level domain."},
        {"a@x.test", special},
        {"a@x.LOCAL", special},
        {"a@1.168.192.in-addr.arpa", special},
        {"a@b\xE2\x80\xA8.com", "The email address contains unsafe characters: LINE SEPARATOR."},
        {"a@xn--zzzzzzzzzzzzzzzzzzz9.com", "The part after the @-sign is not valid IDNA (Invalid A-label)."},
        {"a@xn--11b2ezcw70k.com", "The email address contains unsafe characters: ZERO WIDTH JOINER."},
        {"a@xn--lsh.com", "The part after the @-sign is not valid IDNA (Invalid A-label)."},
        {"a@b.\xCC\x81"
         "c.com",
         "The part after the @-sign is not valid IDNA."},
        {"a@\xD7\x90"
         "1a.com",
         "The part after the @-sign is not valid IDNA."},
        {"a@b\xEF\xBC\xBF.com", // a full-width low line
         "The part after the @-sign contains invalid characters after Unicode normalization: '_'."},
        {"a@\xEF\xBC\x8D\xC3\xBC.com", "An email address cannot have a hyphen immediately after the @-sign."},
        {"a@\xC3\xBC\xE3\x80\x82", "An email address cannot end with a period."},
        {"a@\xF0\x9F\x98\x80.com", "The part after the @-sign is invalid (Codepoint U+1F600 at position 1 of "
                                   "'\xF0\x9F\x98\x80' not allowed)."},
    });
}

TEST(email_text, explains_what_is_too_long)
{
    std::string long_domain = "d";
    while (long_domain.size() < 304)
        long_domain += ".d";
    std::string const labels = std::string(60, 'b') + "." + std::string(60, 'b') + "." + std::string(60, 'b');
    expect_refusals({
        {"a@" + std::string(64, 'b') + ".com",
         "After the @-sign, periods cannot be separated by so many characters (1 character too many)."},
        {"a@" + std::string(65, 'b') + ".com",
         "After the @-sign, periods cannot be separated by so many characters (2 characters too many)."},
        {"a@" + long_domain, "The email address is too long after the @-sign (52 characters too many)."},
        {"A@D" + long_domain,
         "The email address is too long after the @-sign (53 bytes too many after IDNA encoding)."},
        {std::string(70, 'a') + "@" + labels + ".com",
         "The email address is too long (3 characters too many)."},
        {std::string(30, 'a') + std::string("\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC") + std::string(32, 'a') + "@" +
             labels + ".com",
         "The email address is too long (1-3 characters too many)."},
        {"aaa@" + std::string("\xC3\xBC") + std::string(50, 'x') + "." + std::string("\xC3\xBC") +
             std::string(50, 'x') + "." + std::string("\xC3\xBC") + std::string(50, 'x') + "." +
             std::string("\xC3\xBC") + std::string(50, 'x') + "." + std::string(13, 'x') + ".com",
         "The email address is too long when the part after the @-sign is converted to IDNA ASCII (3 bytes "
         "too many)."},
        {"a@" + std::string(1011, 'b') + "_.c",
         "The part after the @-sign contains invalid characters: '_'."},
        {"a@" + std::string(1012, 'b') + "_.c", "The email address is too long (763 characters too many)."},
        {std::string(2049, 'a'), "Length must not exceed 2048 characters"},
    });
}

TEST(email_text, explains_brackets)
{
    std::string const ip = "A bracketed IP address after the @-sign is not allowed here.";
    expect_refusals({
        {"a@[127.0.0.1]", ip},
        {"a@[IPv6:::1]", ip},
        {"a@[1.2.3]", "The address in brackets after the @-sign is not valid: It is not an IPv4 address "
                      "(Expected 4 octets "
                      "in '1.2.3') or is missing an address literal tag."},
        {"a@[1.2.3.300]",
         "The address in brackets after the @-sign is not valid: It is not an IPv4 address (Octet 300 (> "
         "255) not permitted in '1.2.3.300') or is missing an address literal tag."},
        {"a@[IPv6:x]",
         "The IPv6 address in brackets after the @-sign is not valid (At least 3 parts expected in 'x')."},
        {"a@[x]",
         "The part after the @-sign in brackets is not an IPv4 address and has no address literal tag."},
        {"a@[tag:x]", "The part after the @-sign contains an invalid address literal tag in brackets."},
        {"<joe@example.com",
         "An open angle bracket at the start of the email address has to be followed by a close angle "
         "bracket at the end."},
        {"<joe@example.com> x", "There can't be anything after the email address."},
        {"Joe Q. Public <joe@example.com>",
         "The display name contains invalid characters when not quoted: '.'."},
        {"Joe, Jr <joe@example.com>", "The display name contains invalid characters when not quoted: ','."},
        {"<<joe@example.com>>",
         "A display name and angle brackets around the email address are not permitted here."},
    });
}

TEST(email_text, puts_the_reason_into_the_context)
{
    EXPECT_EQ(parse_email("x").error().context, R"({"reason":"An email address must have an @-sign."})");
}

TEST(email_text, is_a_value_with_parts)
{
    email const address{"Joe <joe@Example.com>"};
    EXPECT_EQ(address.local_part(), "joe");
    EXPECT_EQ(address.domain(), "example.com");
    EXPECT_EQ(address, "joe@example.com");
    std::string const& text = address;
    EXPECT_EQ("to " + address + "!", "to " + text + "!");
    EXPECT_EQ(email{}.local_part(), "");
    EXPECT_EQ(email{}.domain(), "");
    EXPECT_LT(email{"a@b.com"}, address);
    EXPECT_EQ(std::unordered_set<email>({address, address}).size(), 1U);
    EXPECT_EQ(email::from_string("nobody"), std::nullopt);
    EXPECT_THROW(email{"nobody"}, std::invalid_argument);
}

} // namespace

} // namespace serval::model
