#include "base/file_name.hpp"
#include "base/utf8.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <string>

namespace serval::base {
namespace {

using namespace std::string_literals;

struct name_case {
    std::string raw;
    std::string safe;
};

name_case const name_cases[] = {
    {"photo.jpg", "photo.jpg"},
    {"two words (1).tar.gz", "two words (1).tar.gz"},
    {"\xD0\xBF\xD1\x80\xD0\xB8.txt", "\xD0\xBF\xD1\x80\xD0\xB8.txt"},
    {".profile", ".profile"},
    {"quote\"'<>|*?:;&%2f.txt", "quote\"'<>|*?:;&%2f.txt"},
    // paths
    {"../../etc/passwd", "passwd"},
    {"/etc/x", "x"},
    {"C:\\dir\\f.txt", "f.txt"},
    {"..\\..\\boot.ini", "boot.ini"},
    {"a/b\\c/d", "d"},
    {"/", "file"},
    {"dir/", "file"},
    {"dir\\", "file"},
    {"x/..", "file"},
    {"\\\\host\\share", "share"},
    // nothing left
    {"", "file"},
    {".", "file"},
    {"..", "file"},
    {"...", "file"},
    {". .", "file"},
    {"   ", "file"},
    {"\n\t", "file"},
    {"\xE2\x80\xAE", "file"},
    {".\xE2\x80\xAE.", "file"},
    // trimming
    {"  a.txt  ", "a.txt"},
    {"a.txt...", "a.txt"},
    {"a.txt . .", "a.txt"},
    {" .hidden", ".hidden"},
    {"\x01 a", "a"},
    // control characters
    {"a\0b.txt"s, "ab.txt"},
    {"\0"s, "file"},
    {"x.php\0.jpg"s, "x.php.jpg"},
    {"a\r\nb\x1B[2J\x7F.txt", "ab[2J.txt"},
    {"a\xC2\x80\xC2\x9F\xC2\xA0z", "a\xC2\xA0z"},
    // bidirectional controls, separators and what cannot be seen
    {"a\xE2\x80\xAEgpj.exe", "agpj.exe"},
    {"\xE2\x80\xAA\xE2\x80\xABx\xE2\x80\xAC\xE2\x80\xAD", "x"},
    {"\xE2\x81\xA6\xE2\x81\xA7x\xE2\x81\xA8\xE2\x81\xA9", "x"},
    {"a\xE2\x80\xA8\xE2\x80\xA9z", "az"},
    {"a\xE2\x80\x8B\xE2\x80\x8E\xE2\x80\x8F\xD8\x9C\xE2\x81\xA0\xEF\xBB\xBFz", "az"},
    {"a\xE2\x80\x8Dz", "a\xE2\x80\x8Dz"}, // joiners stay: emoji and Persian words need them
    {"a\xE2\x81\xA5z\xE2\x82\xAC", "a\xE2\x81\xA5z\xE2\x82\xAC"},
    // bytes that are not UTF-8
    {"a\xFFz", "a\xEF\xBF\xBDz"},
    {"\xC0\xAF", "\xEF\xBF\xBD\xEF\xBF\xBD"}, // an overlong '/'
    {"a\xE2\x80", "a\xEF\xBF\xBD"},
    {"\x80.txt", "\xEF\xBF\xBD.txt"},
    // length
    {std::string(4096, 'a'), std::string(255, 'a')},
    {std::string(4096, 'a') + ".jpeg", std::string(250, 'a') + ".jpeg"},
    {std::string(255, 'a'), std::string(255, 'a')},
    {std::string(256, 'a') + "." + std::string(31, 'e'), std::string(223, 'a') + "." + std::string(31, 'e')},
    {std::string(256, 'a') + "." + std::string(32, 'e'), std::string(255, 'a')},
    {std::string(254, 'a') + "\xE2\x82\xAC", std::string(254, 'a')},
    {std::string(253, 'a') + "\xF0\x9F\x98\x80.txt", std::string(251, 'a') + ".txt"},
    {std::string(249, 'a') + "\xE2\x82\xAC.txt", std::string(249, 'a') + ".txt"},
    {"." + std::string(4096, 'a'), "." + std::string(254, 'a')},
    {std::string(253, 'a') + ". " + std::string(40, 'z'), std::string(253, 'a')},
};

TEST(safe_file_name, makes_each_name_fit_for_a_directory)
{
    for (auto const& [raw, safe] : name_cases) {
        EXPECT_EQ(safe_file_name(raw), safe) << testing::PrintToString(raw);
        EXPECT_TRUE(is_file_name(safe_file_name(raw))) << testing::PrintToString(raw);
    }
}

TEST(safe_file_name, keeps_what_it_made_and_is_always_a_name_whatever_comes)
{
    std::mt19937 random{7};
    constexpr std::string_view alphabet = "a. /\\\x80\xE2\xA8\xAE\xC2\x9F\xF0\x1F";
    for (int i = 0; i != 20'000; ++i) {
        std::string raw(random() % (i % 2 == 0 ? 8 : 400), ' ');
        for (char& c : raw)
            c = alphabet[random() % alphabet.size()];
        auto const safe = safe_file_name(raw);
        ASSERT_TRUE(is_file_name(safe)) << testing::PrintToString(raw);
        ASSERT_TRUE(is_valid_utf8(safe)) << testing::PrintToString(raw);
        ASSERT_EQ(safe_file_name(safe), safe) << testing::PrintToString(raw);
    }
}

TEST(is_file_name, refuses_all_that_is_not_one_component)
{
    for (auto const& bad :
         {""s, "."s, ".."s, "/"s, "a/b"s, "/a"s, "a/"s, "a\0b"s, "\0"s, std::string(256, 'a')})
        EXPECT_FALSE(is_file_name(bad)) << testing::PrintToString(bad);
    for (auto const& good : {"a"s, "..."s, "..a"s, "a\\b"s, " "s, "\xFF"s, std::string(255, 'a')})
        EXPECT_TRUE(is_file_name(good)) << testing::PrintToString(good);
}

TEST(numbered_file_name, puts_the_number_before_the_extension)
{
    EXPECT_EQ(numbered_file_name("photo.jpg", 1), "photo (1).jpg");
    EXPECT_EQ(numbered_file_name("a.tar.gz", 12), "a.tar (12).gz");
    EXPECT_EQ(numbered_file_name("README", 3), "README (3)");
    EXPECT_EQ(numbered_file_name(".profile", 1), ".profile (1)");
}

TEST(numbered_file_name, stays_a_name)
{
    auto const plain = numbered_file_name(std::string(255, 'a'), 9999);
    EXPECT_EQ(plain, std::string(248, 'a') + " (9999)");
    auto const euros = numbered_file_name(std::string(250, 'a') + "\xE2\x82\xAC", 1);
    EXPECT_EQ(euros, std::string(250, 'a') + " (1)");
    auto const extension = numbered_file_name(std::string(223, 'a') + "." + std::string(31, 'e'), 7);
    EXPECT_EQ(extension, std::string(219, 'a') + " (7)." + std::string(31, 'e'));
}

} // namespace
} // namespace serval::base
