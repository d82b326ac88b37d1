#include "model/idna.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace serval::model {
namespace {

std::string to_ascii(std::string_view domain)
{
    auto const made = domain_to_ascii(domain);
    if (made) return *made;
    switch (made.error()) {
    case idna_fault::too_long: return "(too long)";
    case idna_fault::bad_a_label: return "(bad A-label)";
    case idna_fault::refused: break;
    }
    return "(refused)";
}

void expect(std::initializer_list<std::pair<std::string_view, std::string_view>> cases)
{
    for (auto const& [domain, ascii] : cases)
        EXPECT_EQ(to_ascii(domain), ascii) << domain;
}

TEST(idna, encodes_labels_that_are_not_ascii)
{
    expect({{"m\xC3\xBCnchen.de", "xn--mnchen-3ya.de"},
            {"M\xC3\x9CNCHEN.DE", "xn--mnchen-3ya.de"},
            {"fa\xC3\x9F.de", "xn--fa-hia.de"},
            {"a_b.\xC3\xBC..c", "a_b.xn--tda..c"},
            {"\xE0\xA4\x95\xE0\xA5\x8D\xE2\x80\x8D\xE0\xA4\xB7",
             "xn--11b2ezcw70k"}}); // a joiner where it may be
}

TEST(idna, maps_forms_of_one_character_to_one)
{
    expect({{"\xEF\xBD\x85xample.com", "example.com"}, // U+FF45
            {"a\xE3\x80\x82"
             "b",
             "a.b"}, // U+3002
            {"a\xC2\xAD"
             "b",
             "ab"}, // a soft hyphen; in ASCII's company
            {"a\xCC\x88.de", "xn--4ca.de"},
            {"\xEF\xAC\x81.com", "fi.com"}, // a ligature
            {"FA\xE1\xBA\x9E.de", "xn--fa-hia.de"},
            {"\xCE\xA3\xCE\x9F\xCE\xA6\xCE\x8C\xCE\xA3.gr", "xn--0xahbl4a.gr"}});
}

TEST(idna, keeps_valid_punycode_only)
{
    expect({{"XN--MNCHEN-3YA.de", "xn--mnchen-3ya.de"},
            {"xn--a", "(bad A-label)"},
            {"xn--", "(bad A-label)"},
            {"xn--abc", "(bad A-label)"},
            {"xn--abc-", "(bad A-label)"},
            {"xn--lsh.la", "(bad A-label)"},            // U+2480, which is mapped
            {"\xEF\xBD\x98n--lsh.la", "(bad A-label)"}, // the same with U+FF58
            {"xn--\xE2\x98\x83s8h.la", "(refused)"},    // encoded twice
            {"xn--" + std::string(80, 'a') + ".de", "(bad A-label)"}});
}

TEST(idna, refuses_what_no_label_has)
{
    expect({{"\xCC\x81"
             "a",
             "(refused)"},             // a combining accent first
            {"\xCD\xB8", "(refused)"}, // U+0378 is no character
            {"\xFF", "(refused)"},
            {"127\xF0\x83\x80\x82"
             "0.0.1",
             "(refused)"}, // U+3002 in four bytes
            {"a\xF0\x8F\xBC\x8E"
             "b",
             "(refused)"},
            {"a\xED\xA0\x80"
             "b",
             "(refused)"},                     // a surrogate
            {"\xE2\x98\x83.net", "(refused)"}, // a symbol
            {"\xD7\x90"
             "1a.com",
             "(refused)"}, // two directions
            {"a\xE2\x80\x8D"
             "b.com",
             "(refused)"}, // a joiner that joins nothing
            {"a\xC2\xB7"
             "b.com",
             "(bad A-label)"}, // a middle dot that is not Catalan's
            {"l\xC2\xB7l.cat", "xn--ll-0ea.cat"},
            {"\xE2\x92\x88.com", "(refused)"}}); // U+2488, which has a full stop in it
    EXPECT_EQ(to_ascii({"\xC3\xBC\0.com", 7}), "(refused)");
    EXPECT_EQ(to_ascii("\xC3\xBC" + std::string(63, 'a') + ".com"), "(too long)");
}

TEST(idna, shows_domains_to_people)
{
    EXPECT_EQ(domain_to_unicode("xn--tda.com"), "\xC3\xBC.com");
    EXPECT_EQ(domain_to_unicode("a..b"), "a..b");
    EXPECT_EQ(map_domain("\xEF\xBD\x85\xC3\x9F\xC2\xAD\xE3\x80\x82"
                         "A\xCC\x88"),
              "e\xC3\x9F.\xC3\xA4");
    EXPECT_EQ(to_nfc("a\xCC\x81\xFF"), "a\xCC\x81\xFF");
    EXPECT_EQ(to_nfc("a\xCC\x81"), "\xC3\xA1");
}

} // namespace
} // namespace serval::model
