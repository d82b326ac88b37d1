#include "wire/content_disposition.hpp"

#include <gtest/gtest.h>

#include <string>

namespace serval::wire {

namespace {

// `name`, `name<filename>`, `-` for no name, "malformed".
std::string read(std::string_view value)
{
    auto const disposition = parse_form_disposition(value);
    if (!disposition) return "malformed";
    std::string out = disposition->name.value_or("-");
    if (disposition->filename) out += "<" + *disposition->filename + ">";
    return out;
}

std::string repeated(std::size_t count, std::string_view text)
{
    std::string out;
    while (count-- != 0)
        out += text;
    return out;
}

} // namespace

TEST(content_disposition, reads_name_and_filename)
{
    EXPECT_EQ(read(R"(form-data; name="a")"), "a");
    EXPECT_EQ(read(R"(form-data; name="a"; filename="b.txt")"), "a<b.txt>");
    EXPECT_EQ(read(R"(form-data; filename="b.txt"; name="a")"), "a<b.txt>");
    EXPECT_EQ(read(R"(Form-Data;NAME=a;FileName=b.txt)"), "a<b.txt>");
    EXPECT_EQ(read("form-data \t; \t name=a \t;"), "a");
    EXPECT_EQ(read("form-data;;; ;name=a;;"), "a");
}

TEST(content_disposition, tells_an_absent_parameter_from_an_empty_one)
{
    EXPECT_EQ(read("form-data"), "-");
    EXPECT_EQ(read("form-data;"), "-");
    EXPECT_EQ(read(R"(form-data; filename="b")"), "-<b>");
    EXPECT_EQ(read(R"(form-data; name="")"), "");
    EXPECT_EQ(read(R"(form-data; name="a"; filename="")"), "a<>");
}

TEST(content_disposition, takes_the_backslash_off_quotes_and_backslashes_only)
{
    EXPECT_EQ(read(R"(form-data; name="a\"b\\c")"), R"(a"b\c)");
    EXPECT_EQ(read(R"(form-data; name="a"; filename="C:\dir\f.txt")"), R"(a<C:\dir\f.txt>)");
    EXPECT_EQ(read(R"(form-data; name="a"; filename="C:\\dir\\f.txt")"), R"(a<C:\dir\f.txt>)");
    EXPECT_EQ(read(R"(form-data; name="a;b; filename=\"c\"")"), R"(a;b; filename="c")");
}

TEST(content_disposition, keeps_what_may_be_hostile_for_its_reader_to_judge)
{
    EXPECT_EQ(read(R"(form-data; name="a"; filename="../../etc/passwd")"), "a<../../etc/passwd>");
    EXPECT_EQ(read(R"(form-data; name="a"; filename="..%2f%00")"), "a<..%2f%00>");
}

TEST(content_disposition, does_not_decode_percent_signs)
{
    EXPECT_EQ(read("form-data; name=\"na\xC3\xAFve %22q%22.txt\""), "na\xC3\xAFve %22q%22.txt");
    EXPECT_EQ(read("form-data; name=%41"), "%41");
}

TEST(content_disposition, repairs_text_that_is_not_utf8)
{
    EXPECT_EQ(read("form-data; name=\"\xFF\"; filename=\"a\xC3\""), "\xEF\xBF\xBD<a\xEF\xBF\xBD>");
    EXPECT_EQ(read("form-data; name=\xE4"), "\xEF\xBF\xBD");
}

TEST(content_disposition, prefers_the_extended_filename)
{
    EXPECT_EQ(read("form-data; name=a; filename*=UTF-8''na%C3%AFve.txt"), "a<na\xC3\xAFve.txt>");
    EXPECT_EQ(read("form-data; name=a; filename*=utf-8'en'b; filename=c"), "a<b>");
    EXPECT_EQ(read("form-data; name=a; filename=c; filename*=utf-8''b"), "a<b>");
    EXPECT_EQ(read("form-data; name=a; filename*=iso-8859-1''%E4"), "a<\xC3\xA4>");
    EXPECT_EQ(read("form-data; name=a; filename*=UTF-8''%FF"), "a<\xEF\xBF\xBD>");
    EXPECT_EQ(read("form-data; name=a; filename*=UTF-8''"), "a<>");
    EXPECT_EQ(read("form-data; name=a; filename*=UTF-8''%22%5C%2F.txt"), "a<\"\\/.txt>");
}

TEST(content_disposition, refuses_malformed_extended_filenames)
{
    for (std::string_view const value :
         {"b", "'b", "UTF-8'b", "UTF-16''b", "''b", "UTF-8''%", "UTF-8''%4", "UTF-8''%4g", "UTF-8''a'b",
          "UTF-8''a*b", "UTF-8''a/b", "UTF-8''\xC3\xA4", "\"UTF-8''b\"", "UTF-8''%00", "UTF-8''a%0D%0Ab",
          "UTF-8''%7F", "iso-8859-1''%09"}) {
        EXPECT_EQ(read("form-data; name=a; filename*=" + std::string{value}), "malformed") << value;
    }
}

TEST(content_disposition, refuses_a_parameter_that_comes_twice)
{
    EXPECT_EQ(read("form-data; name=a; name=a"), "malformed");
    EXPECT_EQ(read("form-data; name=a; NAME=b"), "malformed");
    EXPECT_EQ(read("form-data; name=a; filename=b; filename=b"), "malformed");
    EXPECT_EQ(read("form-data; name=a; filename*=utf-8''b; filename*=utf-8''b"), "malformed");
}

TEST(content_disposition, drops_other_parameters)
{
    EXPECT_EQ(read("form-data; x=1; x=2; name=a; size=\"3\""), "a");
    EXPECT_EQ(read("form-data; name*=utf-8''a"), "-");
    EXPECT_EQ(read("form-data; name=a; filename*0=b"), "a");
}

TEST(content_disposition, refuses_what_breaks_the_grammar)
{
    for (std::string_view const value : {"",
                                         ";",
                                         "; name=a",
                                         "attachment; name=a",
                                         "form-data/x; name=a",
                                         "\"form-data\"; name=a",
                                         "form-data name=a",
                                         "form-data, name=a",
                                         "form-data; name",
                                         "form-data; name=",
                                         "form-data; =a",
                                         "form-data; name =a",
                                         "form-data; name= a",
                                         "form-data; name=a b",
                                         "form-data; name=\"a",
                                         "form-data; name=\"a\\\"",
                                         "form-data; name=\"a\"b",
                                         "form-data; name=a\"b\"",
                                         "form-data; name=a,b",
                                         "form-data; name='a\\b'",
                                         "form-data; n\xC3\xA4me=a",
                                         "form-data; name=\""}) {
        EXPECT_EQ(read(value), "malformed") << value;
    }
}

TEST(content_disposition, reads_long_values_of_few_kinds_of_bytes)
{
    std::size_t const n = 20'000;
    EXPECT_EQ(read("form-data" + repeated(n, ";") + "name=a"), "a");
    EXPECT_EQ(read("form-data" + repeated(n, ";a")), "malformed");
    EXPECT_EQ(read("form-data" + repeated(n, ";a=b") + ";name=c"), "c");
    EXPECT_EQ(read("form-data; name=\"" + repeated(n, "\\\"") + "\""), repeated(n, "\""));
    EXPECT_EQ(read("form-data; name=" + repeated(n, "\"")), "malformed");
}

TEST(content_disposition, writes_plain_names_in_quotes)
{
    EXPECT_EQ(format_disposition("attachment", "report-1.2_b~.txt"),
              "attachment; filename=\"report-1.2_b~.txt\"");
    EXPECT_EQ(format_disposition("inline", "a"), "inline; filename=\"a\"");
}

TEST(content_disposition, writes_all_other_names_in_the_extended_form)
{
    EXPECT_EQ(format_disposition("attachment", "a b.txt"), "attachment; filename*=utf-8''a%20b.txt");
    EXPECT_EQ(format_disposition("attachment", "na\xC3\xAFve.txt"),
              "attachment; filename*=utf-8''na%C3%AFve.txt");
    EXPECT_EQ(format_disposition("attachment", "100%.txt"), "attachment; filename*=utf-8''100%25.txt");
    EXPECT_EQ(format_disposition("attachment", "it's(1).txt"),
              "attachment; filename*=utf-8''it%27s%281%29.txt");
}

TEST(content_disposition, writes_nothing_that_ends_a_name_early_or_names_a_directory)
{
    EXPECT_EQ(format_disposition("attachment", "a\"; filename=\"b.exe"),
              "attachment; filename*=utf-8''a%22%3B%20filename%3D%22b.exe");
    EXPECT_EQ(format_disposition("attachment", "a\r\nset-cookie: bc"),
              "attachment; filename*=utf-8''aset-cookie%3A%20bc");
    EXPECT_EQ(format_disposition("attachment", "../../etc/passwd"), "attachment; filename=\"passwd\"");
    EXPECT_EQ(format_disposition("attachment", "C:\\dir\\f.txt"), "attachment; filename=\"f.txt\"");
    EXPECT_EQ(format_disposition("attachment", "\xFF"), "attachment; filename*=utf-8''%EF%BF%BD");
    EXPECT_EQ(format_disposition("attachment", ".."), "attachment; filename=\"file\"");
}

TEST(content_disposition, writes_the_type_alone_when_there_is_no_name)
{
    EXPECT_EQ(format_disposition("inline", ""), "inline");
}

TEST(content_disposition, writes_names_that_it_reads_back)
{
    for (std::string_view const name :
         {"a.txt", "a b.txt", "na\xC3\xAFve \"x\" 100%.txt", "\xF0\x9F\x98\x80.png"}) {
        EXPECT_EQ(read(format_disposition("form-data", name) + "; name=n"), "n<" + std::string{name} + ">");
    }
}

} // namespace serval::wire
