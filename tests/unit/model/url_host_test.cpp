#include "model/url_host.hpp"

#include <gtest/gtest.h>

#include <string>

namespace serval::model {
namespace {

std::string read(std::string_view text)
{
    auto const host = parse_special_host(text);
    return host.fault.empty() ? host.text : std::string{host.fault};
}

TEST(url_host, puts_domains_in_lower_case)
{
    EXPECT_EQ(read("EXAMPLE.com"), "example.com");
    EXPECT_EQ(read("a..b."), "a..b.");
    EXPECT_EQ(read("a%41_b"), "aa_b");
    EXPECT_EQ(read("r3---a-"), "r3---a-");
    EXPECT_EQ(read("%EF%BC%91.%EF%BC%92.3.4"), "1.2.3.4"); // in full-width digits
}

TEST(url_host, reads_ipv4_in_all_its_forms)
{
    EXPECT_EQ(read("1.2.3"), "1.2.0.3");
    EXPECT_EQ(read("0x7f.1"), "127.0.0.1");
    EXPECT_EQ(read("256"), "0.0.1.0");
    EXPECT_EQ(read("010.1.2.3."), "8.1.2.3");
    EXPECT_EQ(read("4294967295"), "255.255.255.255");
    EXPECT_EQ(read("0x"), "0.0.0.0");
}

TEST(url_host, refuses_other_hosts_that_end_in_a_number)
{
    for (std::string_view const text :
         {"4294967296", "1.2.3.256", "1.2.3.4.5", "a.1", "09", "a.0x1", "99999999999999999999999999"})
        EXPECT_EQ(read(text), "invalid IPv4 address") << text;
    EXPECT_EQ(read("a.0xg"), "a.0xg");
}

TEST(url_host, shortens_ipv6)
{
    EXPECT_EQ(read("[::1]"), "[::1]");
    EXPECT_EQ(read("[1:0:0:2:0:0:0:3]"), "[1:0:0:2::3]");
    EXPECT_EQ(read("[0:0:1::]"), "[0:0:1::]");
    EXPECT_EQ(read("[::ffff:1.2.3.4]"), "[::ffff:102:304]");
    EXPECT_EQ(read("[1:2:3:4:5:6:7:8]"), "[1:2:3:4:5:6:7:8]");
    EXPECT_EQ(read("[1:0:3:4:5:6:7:8]"), "[1:0:3:4:5:6:7:8]");
    EXPECT_EQ(read("[::]"), "[::]");
    for (std::string_view const text : {"[::1", "[z]", "[]", "[::1%25a]"})
        EXPECT_EQ(read(text), "invalid IPv6 address") << text;
}

TEST(url_host, refuses_characters_that_no_domain_has)
{
    for (std::string_view const text : {"exa mple.com", "a|b", "a<b", "a%", "a%00", "xn--a"})
        EXPECT_EQ(read(text), "invalid international domain name") << text;
    for (std::string_view const text : {"xn--lsh.la", "xn--%E2%98%83s8h.la", "a%EF%BC%8Fb", "%D7%901a.com",
                                        "%CC%81a", "127%F0%83%80%820.0.1", "a%F0%8F%BC%8Eb", "%C1%A1.com"})
        EXPECT_EQ(read(text), "invalid international domain name") << text;
    EXPECT_EQ(read("\xC2\xAD"), "empty host"); // a soft hyphen is dropped
}

TEST(url_host, has_the_rules_of_idna_2008_for_labels_that_are_not_ascii_only)
{
    std::string const many(64, 'a');
    for (std::string const& label :
         {std::string{"a_b"}, std::string{"-a"}, std::string{"a-"}, std::string{"ab--c"}, many}) {
        EXPECT_EQ(read(label + ".com"), label + ".com");
        EXPECT_EQ(read(label + ".%C3%BC"), label + ".xn--tda") << "beside another label";
    }
    for (std::string const& label : {std::string{"%C3%BC_b"}, std::string{"-%C3%BC"}, std::string{"%C3%BC-"},
                                     std::string{"a%C3%BC--c"}, many + "%C3%BC"})
        EXPECT_EQ(read(label + ".com"), "invalid international domain name") << label;
}

TEST(url_host, lets_other_schemes_have_nearly_any_host)
{
    EXPECT_EQ(parse_opaque_host("A%").fault, "");
    EXPECT_EQ(parse_opaque_host("a b").fault, "invalid domain character");
    EXPECT_EQ(parse_opaque_host("[x]").fault, "invalid IPv6 address");
}

} // namespace
} // namespace serval::model
