// Bodies as data, each whole, split at every offset, and byte by byte; then the bounds of each step.
#include "support/wire_cases.hpp"
#include "wire/multipart.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace serval::wire {

namespace {

using event = multipart_parser::event;

// What a body was read as. A field is `name=data`, a file `name<filename|type>=data`; "..." marks a part that
// did not end.
struct outcome {
    std::vector<std::string> parts;
    multipart_error failure = multipart_error::none;

    bool operator==(outcome const&) const = default;
};

void PrintTo(outcome const& o, std::ostream* out)
{
    for (std::string const& part : o.parts)
        *out << test::escape(part) << '\n';
    *out << "failure " << static_cast<int>(o.failure);
}

// Drives one parser, and checks of every step what holds for all of them.
class form {
public:
    explicit form(std::string_view boundary, multipart_limits limits = {}) : parser_{boundary, limits} {}

    // The parser sees memory that ends where the piece does, so a sanitizer finds reads past it.
    void feed(std::string_view piece)
    {
        auto const memory = std::make_unique<char[]>(piece.size());
        std::ranges::copy(piece, memory.get());
        std::string_view rest{memory.get(), piece.size()};
        for (;;) {
            ++steps;
            auto const step = parser_.next(rest);
            ASSERT_LE(step.consumed, rest.size());
            rest.remove_prefix(step.consumed);
            take(step);
            if (step.what == event::need_input) {
                ASSERT_TRUE(rest.empty());
                return;
            }
            if (step.what == event::failed) return;
        }
    }

    outcome finish()
    {
        take(parser_.end_of_input());
        if (in_part_) result_.parts.back() += "...";
        return std::move(result_);
    }

    std::size_t steps = 0;

private:
    void take(multipart_parser::step const& step)
    {
        EXPECT_EQ(step.data.empty(), step.what != event::data);
        EXPECT_EQ(step.failure != multipart_error::none, step.what == event::failed);
        if (step.what == event::failed) result_.failure = step.failure;
        if (step.what == event::data || step.what == event::part_end) {
            EXPECT_TRUE(in_part_);
        }
        if (step.what == event::data) result_.parts.back() += step.data;
        if (step.what == event::part_end) in_part_ = false;
        if (step.what == event::part_begin) {
            EXPECT_FALSE(std::exchange(in_part_, true));
            part_head const& part = parser_.part();
            std::string text = part.name;
            if (part.filename) text.append("<" + *part.filename + "|").append(part.content_type).append(">");
            result_.parts.push_back(text + "=");
        }
    }

    multipart_parser parser_;
    outcome result_;
    bool in_part_ = false;
};

outcome read(std::string_view body, std::size_t piece, std::string_view boundary = "B",
             multipart_limits limits = {})
{
    form f{boundary, limits};
    for (std::size_t at = 0; at < body.size(); at += piece)
        f.feed(body.substr(at, piece));
    return f.finish();
}

outcome read_whole(std::string_view body, std::string_view boundary = "B", multipart_limits limits = {})
{
    return read(body, std::max<std::size_t>(body.size(), 1), boundary, limits);
}

outcome read_split(std::string_view body, std::size_t offset, std::string_view boundary)
{
    form f{boundary};
    f.feed(body.substr(0, offset));
    f.feed(body.substr(offset));
    return f.finish();
}

std::string repeated(std::size_t count, std::string_view text)
{
    std::string out;
    out.reserve(count * text.size());
    while (count-- != 0)
        out += text;
    return out;
}

std::string field(std::string_view name)
{
    return std::string{"Content-Disposition: form-data; name=\""}.append(name).append("\"\r\n\r\n");
}

struct form_case {
    std::string body;
    std::vector<std::string> parts;
    multipart_error failure = multipart_error::none;
    std::string boundary = "B";
};

std::vector<form_case> good_forms()
{
    std::string const a = "--B\r\n" + field("a");
    std::string const file = "--B\r\nContent-Disposition: form-data; name=\"f\"; filename=\"x.txt\"\r\n"
                             "Content-Type: text/plain\r\n\r\n";
    return {
        {"--B--", {}},
        {"--B--\r\n", {}},
        {"\r\n\r\n--B--", {}},
        {a + "1\r\n--B--\r\n", {"a=1"}},
        {"\r\n" + a + "1\r\n--B--\r\n", {"a=1"}},
        {"\r\n\r\n\r\n" + a + "1\r\n--B--", {"a=1"}},
        {a + "\r\n--B--\r\n", {"a="}},
        {a + "1\r\n" + a + "2\r\n--B--", {"a=1", "a=2"}},
        {a + "1\r\n" + file + "22\r\n--B--\r\n", {"a=1", "f<x.txt|text/plain>=22"}},
        {"--B\r\nCONTENT-disposition:form-data;filename=\"\";name=\"f\"\r\n\r\n\r\n--B--", {"f<|>="}},
        // What may follow the form.
        {a + "1\r\n--B-- \t \r\n", {"a=1"}},
        {a + "1\r\n--B-- \t ", {"a=1"}},
        {a + "1\r\n--B--\r\nepilogue", {"a=1"}},
        {a + "1\r\n--B--\r\n\r\n--B\r\nContent-Disposition: nonsense\n--B--", {"a=1"}},
        // What looks like a delimiter.
        {a + "\r\r\n--B--", {"a=\r"}},
        {a + "\r\n\r\n--B--", {"a=\r\n"}},
        {a + "\r\n-\r\n--B--", {"a=\r\n-"}},
        {a + "\r\n--\r\n--B--", {"a=\r\n--"}},
        {a + "\r\n--C\r\n--B--", {"a=\r\n--C"}},
        {a + "\r\n--b--\r\n--B--", {"a=\r\n--b--"}},
        {a + "--B--\r\n--B--", {"a=--B--"}},
        {a + "1\n--B--\n\r\n--B--", {"a=1\n--B--\n"}},
        {a + "1\r--B--\r\r\n--B--", {"a=1\r--B--\r"}},
        {a + "\r\r\r\r\n\r\n-\r\n--\r\r\n--B--", {"a=\r\r\r\r\n\r\n-\r\n--\r"}},
        {a + "\n\r\n--B--", {"a=\n"}},
        {a + std::string(3, '\0') + "\xFF\r\n--B--", {"a=" + std::string(3, '\0') + "\xFF"}},
        // A boundary that is like its surroundings.
        {"-----\r\n" + field("a") + "--\r\n----\r\n---\r\n-------",
         {"a=--\r\n----\r\n---"},
         multipart_error::none,
         "---"},
        {"--ab:ab\r\n" + field("a") + "\r\n--ab:a\r\n--ab:ab\r\n" + field("b") + "\r\n--ab:\r\n--ab:ab--",
         {"a=\r\n--ab:a", "b=\r\n--ab:"},
         multipart_error::none,
         "ab:ab"},
        {"--a b\r\n" + field("a") + "1\r\n--a b--", {"a=1"}, multipart_error::none, "a b"},
        {"--" + std::string(70, '=') + "\r\n" + field("a") + "\r\n--" + std::string(69, '=') + "\r\n--" +
             std::string(70, '=') + "--",
         {"a=\r\n--" + std::string(69, '=')},
         multipart_error::none,
         std::string(70, '=')},
        // Names.
        {"--B\r\n" + field("a\\\"b\\\\") + "1\r\n--B--", {"a\"b\\=1"}},
        {"--B\r\n" + field("na\xC3\xAFve %22q%22.txt") + "1\r\n--B--", {"na\xC3\xAFve %22q%22.txt=1"}},
        {"--B\r\n" + field("\xFF") + "1\r\n--B--", {"\xEF\xBF\xBD=1"}},
        {"--B\r\n" + field("") + "1\r\n--B--", {"=1"}},
    };
}

std::vector<form_case> bad_forms()
{
    using enum multipart_error;
    std::string const a = "--B\r\n" + field("a");
    std::string const disposition = "Content-Disposition: form-data; name=\"a\"\r\n";
    return {
        {"", {}, truncated},
        {"\r", {}, truncated},
        {"\r\n", {}, truncated},
        {"--", {}, truncated},
        {"--B", {}, truncated},
        {"--B\r", {}, truncated},
        {"--B\r\n", {}, truncated},
        {"--B-", {}, truncated},
        {"--B--\r", {}, truncated},
        {"--B\r\nContent-Disposition: form-data", {}, truncated},
        {"--B\r\n" + disposition, {}, truncated},
        {"--B\r\n" + disposition + "\r", {}, truncated},
        {a, {"a=..."}, truncated},
        {a + "1", {"a=1..."}, truncated},
        {a + "1\r\n--", {"a=1..."}, truncated},
        {a + "1\r\n--B", {"a=1"}, truncated},
        {a + "1\r\n--B\r\n", {"a=1"}, truncated},
        {a + "1\r\n--B-", {"a=1"}, truncated},
        {a + "--B--\r\n", {"a=--B--..."}, truncated},
        // Before the first delimiter.
        {"preamble\r\n" + a + "1\r\n--B--", {}, malformed},
        {"\n" + a + "1\r\n--B--", {}, malformed},
        {"\r" + a + "1\r\n--B--", {}, malformed},
        {"\r\r\n" + a + "1\r\n--B--", {}, malformed},
        {" " + a + "1\r\n--B--", {}, malformed},
        {"-\r\n" + a + "1\r\n--B--", {}, malformed},
        {"--C\r\n" + a + "1\r\n--B--", {}, malformed},
        {"--b--\r\n", {}, malformed},
        // Behind a delimiter.
        {"--B\n", {}, malformed},
        {"--B \r\n" + disposition + "\r\n1\r\n--B--", {}, malformed},
        {"--Bx\r\n", {}, malformed},
        {"--B\rx", {}, malformed},
        {"--B-x", {}, malformed},
        {"--B--x", {}, malformed},
        {"--B-- x", {}, malformed},
        {"--B--\n", {}, malformed},
        {"--B--\rx", {}, malformed},
        {a + "1\r\n--Bx\r\n--B--", {"a=1"}, malformed},
        {a + "1\r\n--B \r\n" + disposition + "\r\n2\r\n--B--", {"a=1"}, malformed},
        // Heads.
        {"--B\r\n\r\n1\r\n--B--", {}, part_without_name},
        {"--B\r\nContent-Type: text/plain\r\n\r\n1\r\n--B--", {}, part_without_name},
        {"--B\r\nContent-Disposition: form-data\r\n\r\n1\r\n--B--", {}, part_without_name},
        {a + "1\r\n--B\r\n\r\n2\r\n--B--", {"a=1"}, part_without_name},
        {"--B\r\n" + disposition + "--B--\r\n\r\n", {}, malformed},
        {"--B\r\n" + disposition + disposition + "\r\n1\r\n--B--", {}, malformed},
        {"--B\r\nContent-Disposition: form-data; name=\"a\"\n\r\n1\r\n--B--", {}, malformed},
        {"--B\r\n" + disposition + "\n1\r\n--B--", {}, malformed},
        {"--B\r\nContent-Disposition: form-data;\r\n name=\"a\"\r\n\r\n1\r\n--B--", {}, malformed},
        {"--B\r\n" + disposition + "x\r\n\r\n1\r\n--B--", {}, malformed},
        {"--B\r\n" + disposition + "x: " + std::string(1, '\0') + "\r\n\r\n1\r\n--B--", {}, malformed},
        {"--B\r\nContent-Disposition: form-data; name=\"a\rb\"\r\n\r\n1\r\n--B--", {}, malformed},
        {"--B\r\n" + repeated(17, "x: y\r\n") + "\r\n", {}, too_many_part_fields},
        {"--B\r\nx: " + std::string(5000, 'y'), {}, part_header_too_large},
    };
}

void expect_equal_for_every_split(form_case const& c)
{
    SCOPED_TRACE(test::escape(c.body).substr(0, 400));
    outcome const expected{c.parts, c.failure};
    EXPECT_EQ(read_whole(c.body, c.boundary), expected);
    for (std::size_t piece = 1; piece != 5; ++piece)
        EXPECT_EQ(read(c.body, piece, c.boundary), expected) << "pieces of " << piece;
    if (c.body.size() > 1000) return;
    for (std::size_t offset = 0; offset <= c.body.size(); ++offset)
        EXPECT_EQ(read_split(c.body, offset, c.boundary), expected) << "split at " << offset;
}

} // namespace

TEST(multipart, reads_forms_however_they_are_split)
{
    for (form_case const& c : good_forms())
        expect_equal_for_every_split(c);
}

TEST(multipart, refuses_malformed_forms_however_they_are_split)
{
    for (form_case const& c : bad_forms())
        expect_equal_for_every_split(c);
}

TEST(multipart, refuses_every_form_that_is_cut_short)
{
    std::string const body = "--B\r\n" + field("a") + "1\r\n--B\r\n" + field("b") + "2\r\n--B--";
    for (std::size_t length = 0; length != body.size(); ++length)
        EXPECT_EQ(read_whole(body.substr(0, length)).failure, multipart_error::truncated) << length;
    EXPECT_EQ(read_whole(body).failure, multipart_error::none);
}

TEST(multipart, hands_out_views_of_the_input)
{
    std::string const input = "--B\r\n" + field("a") + "data\r\n--B--";
    multipart_parser parser{"B"};
    auto const begin = parser.next(input);
    ASSERT_EQ(begin.what, event::part_begin);
    std::string_view const rest = std::string_view{input}.substr(begin.consumed);
    auto const data = parser.next(rest);
    EXPECT_EQ(data.data, "data");
    EXPECT_EQ(data.data.data(), rest.data());
}

TEST(multipart, holds_back_a_possible_delimiter_until_it_is_known)
{
    multipart_parser parser{"B"};
    ASSERT_EQ(parser.next("--B\r\n" + field("a")).what, event::part_begin);
    EXPECT_EQ(parser.next("1\r\n").data, "1");
    EXPECT_EQ(parser.next("").what, event::need_input);
    auto const waiting = parser.next("--");
    EXPECT_EQ(waiting.what, event::need_input);
    EXPECT_EQ(waiting.consumed, 2U);
    auto const held = parser.next("x");
    EXPECT_EQ(held.data, "\r\n--");
    EXPECT_EQ(held.consumed, 0U);
    EXPECT_EQ(parser.next("x").data, "x");
}

TEST(multipart, describes_the_part_until_the_call_after_its_end)
{
    std::string const head = "--B\r\nContent-Disposition: form-data; name=\"f\"; filename=\"x\"\r\n"
                             "Content-Type: text/plain\r\nX-Y: z\r\n\r\n";
    multipart_parser first{"B"};
    ASSERT_EQ(first.next(head).what, event::part_begin);
    multipart_parser parser{std::move(first)};
    ASSERT_EQ(parser.next("1").what, event::data);
    ASSERT_EQ(parser.next("\r\n--B").what, event::part_end);
    EXPECT_EQ(parser.part().name, "f");
    EXPECT_EQ(parser.part().filename, "x");
    EXPECT_EQ(parser.part().content_type, "text/plain");
    ASSERT_EQ(parser.part().fields.size(), 3U);
    EXPECT_EQ(parser.part().fields[2].name, "x-y");
    EXPECT_EQ(parser.part().fields[2].value, "z");
}

TEST(multipart, stays_failed)
{
    multipart_parser parser{"B"};
    EXPECT_EQ(parser.next("x").failure, multipart_error::malformed);
    auto const step = parser.next("--B--");
    EXPECT_EQ(step.what, event::failed);
    EXPECT_EQ(step.failure, multipart_error::malformed);
    EXPECT_EQ(step.consumed, 0U);
    EXPECT_EQ(parser.end_of_input().failure, multipart_error::malformed);
}

TEST(multipart, stays_failed_after_a_truncated_form)
{
    multipart_parser parser{"B"};
    EXPECT_EQ(parser.end_of_input().failure, multipart_error::truncated);
    EXPECT_EQ(parser.next("--B--").failure, multipart_error::truncated);
}

TEST(multipart, holds_a_part_head_to_its_bytes)
{
    std::string const head = "Content-Disposition: form-data; name=\"a\"\r\nx: 12345\r\n\r\n";
    std::string const body = "--B\r\n" + head + "1\r\n--B\r\n" + head + "2\r\n--B--";
    for (std::size_t piece = 1; piece <= body.size(); ++piece) {
        EXPECT_EQ(read(body, piece, "B", {.part_header_bytes = head.size()}), (outcome{{"a=1", "a=2"}}));
        EXPECT_EQ(read(body, piece, "B", {.part_header_bytes = head.size() - 1}),
                  (outcome{{}, multipart_error::part_header_too_large}));
    }
    EXPECT_EQ(read_whole(body, "B", {.part_header_bytes = 0}).failure,
              multipart_error::part_header_too_large);
}

TEST(multipart, holds_a_part_head_to_its_fields)
{
    std::string const head = repeated(3, "x: y\r\n") + field("a");
    std::string const body = "--B\r\n" + head + "1\r\n--B\r\n" + head + "2\r\n--B--";
    EXPECT_EQ(read_whole(body, "B", {.part_fields = 4}), (outcome{{"a=1", "a=2"}}));
    EXPECT_EQ(read_whole(body, "B", {.part_fields = 3}),
              (outcome{{}, multipart_error::too_many_part_fields}));
}

TEST(multipart, has_limits_that_fit_real_forms)
{
    std::string const disposition = "Content-Disposition: form-data; name=\"a\"\r\n";
    EXPECT_EQ(read_whole("--B\r\n" + repeated(15, "x: y\r\n") + disposition + "\r\n\r\n--B--"),
              (outcome{{"a="}}));
    std::size_t const room = 4096 - disposition.size() - 4 - 3; // without the line ends and "x: "
    for (std::size_t const more : {0U, 1U}) {
        std::string const line = "x: " + std::string(room + more, 'y') + "\r\n";
        EXPECT_EQ(read_whole("--B\r\n" + line + disposition + "\r\n\r\n--B--").failure,
                  more == 0 ? multipart_error::none : multipart_error::part_header_too_large);
    }
}

// Steps stand for work: in each, the parser looks at a byte of the input at most twice.
TEST(multipart, takes_few_steps_for_hostile_data)
{
    for (std::string_view const unit : {"\r", "\r\n", "\r\n-", "\r\n--", "\r\n--B", "-", "\r\r\n-\r\n--"}) {
        std::string const data = repeated(5'000, unit);
        std::string const body = "--BB\r\n" + field("a") + data + "\r\n--BB--\r\n" + data;
        form whole{"BB"};
        whole.feed(body);
        EXPECT_LE(whole.steps, 5U) << test::escape(unit);
        EXPECT_EQ(whole.finish(), (outcome{{"a=" + data}})) << test::escape(unit);
        form bytes{"BB"};
        for (char const c : body)
            bytes.feed({&c, 1});
        EXPECT_LE(bytes.steps, 3 * body.size()) << test::escape(unit);
        EXPECT_EQ(bytes.finish(), (outcome{{"a=" + data}})) << test::escape(unit);
    }
}

TEST(multipart, takes_few_steps_for_a_boundary_of_dashes)
{
    std::string const boundary(70, '-');
    std::string const data = repeated(2'000, "\r\n--" + std::string(69, '-'));
    std::string const body = "--" + boundary + "\r\n" + field("a") + data + "\r\n--" + boundary + "--";
    form whole{boundary};
    whole.feed(body);
    EXPECT_LE(whole.steps, 5U);
    EXPECT_EQ(whole.finish(), (outcome{{"a=" + data}}));
}

TEST(multipart, takes_one_step_for_any_number_of_empty_lines_and_of_padding)
{
    std::string const lines = repeated(100'000, "\r\n");
    form f{"B"};
    f.feed(lines + "--B--" + std::string(100'000, ' ') + lines);
    EXPECT_EQ(f.steps, 1U);
    EXPECT_EQ(f.finish(), outcome{});
}

TEST(multipart, finds_the_boundary_of_a_content_type)
{
    EXPECT_EQ(boundary_of("multipart/form-data; boundary=B"), "B");
    EXPECT_EQ(boundary_of("Multipart/Form-Data ;charset=utf-8; BOUNDARY=\"a b\""), "a b");
    EXPECT_EQ(boundary_of("multipart/form-data; boundary=----WebKitFormBoundary7MA4YWxkTrZu0gW"),
              "----WebKitFormBoundary7MA4YWxkTrZu0gW");
    EXPECT_EQ(boundary_of("multipart/form-data; boundary=\"'()+_,-./:=?\""), "'()+_,-./:=?");
    EXPECT_EQ(boundary_of("multipart/form-data; boundary=" + std::string(70, 'x')), std::string(70, 'x'));
}

TEST(multipart, refuses_boundaries_that_are_none)
{
    for (std::string_view const type :
         {"", "multipart/form-data", "multipart/form-data;", "multipart/form-data; boundary",
          "multipart/form-data; boundary=", "multipart/form-data; boundary=\"\"",
          "multipart/mixed; boundary=B", "application/x-www-form-urlencoded; boundary=B",
          "multipart/form-data; boundary=\"a \"", "multipart/form-data; boundary=\" \"",
          "multipart/form-data; boundary=a*b", "multipart/form-data; boundary=\"a\\\"b\"",
          "multipart/form-data; boundary=\"a\tb\"", "multipart/form-data; boundary=\xC3\xA4",
          "multipart/form-data; boundary=a; boundary=b"}) {
        EXPECT_EQ(boundary_of(type), std::nullopt) << type;
    }
    EXPECT_EQ(boundary_of("multipart/form-data; boundary=" + std::string(71, 'x')), std::nullopt);
    EXPECT_EQ(boundary_of("multipart/form-data; boundary=" + std::string(8192, '-')), std::nullopt);
}

} // namespace serval::wire
