#include <serval/serval.hpp>
#include <serval/testing/test_client.hpp>

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>

namespace serval {
namespace {

/// Says what it sees of each part.
task<std::string> describe(multipart_reader& reader)
{
    std::string seen;
    while (auto* const part = co_await reader.next_part()) {
        seen += part->name();
        if (part->is_file()) seen.append("[").append(part->filename()).append("]");
        if (!part->content_type().empty()) seen.append("(").append(part->content_type()).append(")");
        seen += '=';
        if (part->name() == "skipped") continue;
        seen += co_await part->read_all(100'000);
        seen += ';';
    }
    co_return seen;
}

class multipart_reading : public testing::Test {
protected:
    multipart_reading()
    {
        app_.post("/describe", describe).max_body(100'000);
        app_.post("/count", [](multipart_reader& reader) -> task<std::string> {
            std::size_t bytes = 0;
            while (auto* const part = co_await reader.next_part()) {
                for (;;) {
                    auto const piece = co_await part->read_some();
                    if (piece.empty()) break;
                    bytes += piece.size();
                }
            }
            co_return std::to_string(bytes);
        });
        app_.post("/bounded",
                  [](multipart_reader& reader) -> task<std::string> {
                      std::string seen;
                      while (auto* const part = co_await reader.next_part())
                          seen += part->name();
                      co_return seen;
                  })
            .max_files(1)
            .max_file_size(5);
        app_.post("/first", [](multipart_reader& reader) -> task<std::string> {
            auto* const part = co_await reader.next_part();
            if (part == nullptr) co_return "none";
            co_return co_await part->read_all(4);
        });
    }

    test_client& client()
    {
        if (!client_) client_.emplace(app_);
        return *client_;
    }

private:
    app app_;
    std::optional<test_client> client_;
};

TEST_F(multipart_reading, gives_the_parts_in_order)
{
    auto const got = client().post("/describe", test_form()
                                                    .field("a", "1")
                                                    .file("f", "../x.txt", "content", "text/plain")
                                                    .field("b", "")
                                                    .field("skipped", "?"));
    EXPECT_EQ(got.body, "a=1;f[x.txt](text/plain)=content;b=;skipped=");
}

TEST_F(multipart_reading, gives_no_part_of_an_empty_form)
{
    EXPECT_EQ(client().post("/describe", test_form()).body, "");
    EXPECT_EQ(client().post("/first", test_form()).body, "none");
}

TEST_F(multipart_reading, streams_what_is_larger_than_any_buffer)
{
    std::string const content(5'000'000, 'x');
    EXPECT_EQ(client().post("/count", test_form().file("f", "f", content).file("g", "g", content)).body,
              "10000000");
}

TEST_F(multipart_reading, refuses_what_is_no_multipart_form)
{
    auto const json = client().post("/describe", "{}", "application/json");
    EXPECT_EQ(json.status, 415);
    EXPECT_EQ(json.body, R"({"detail":"The body must be multipart/form-data"})");
    EXPECT_EQ(client().post("/describe", "x", "multipart/form-data").status, 400);
    EXPECT_EQ(client().post("/describe", "x", "multipart/form-data; boundary=B").status, 400);
}

TEST_F(multipart_reading, holds_the_body_and_what_is_gathered_to_their_limits)
{
    EXPECT_EQ(client().post("/describe", test_form().field("a", std::string(100'000, 'x'))).status, 413);
    auto const gathered = client().post("/first", test_form().field("a", "12345"));
    EXPECT_EQ(gathered.status, 413);
    EXPECT_EQ(client().post("/first", test_form().field("a", "1234").field("b", "unread")).body, "1234");
}

TEST_F(multipart_reading, holds_files_to_the_routes_limits_though_they_are_skipped)
{
    test_form form;
    form.field("a", "123456").file("b", "b", "12345");
    EXPECT_EQ(client().post("/bounded", form).body, "ab");
    EXPECT_EQ(client().post("/bounded", test_form().file("b", "b", "123456")).status, 413);
    EXPECT_EQ(client().post("/bounded", form.file("c", "c", "")).status, 400);
}

TEST_F(multipart_reading, goes_on_with_the_connection_when_a_small_rest_is_unread)
{
    auto const form = test_form().field("a", "1").field("b", "2");
    auto const request = "POST /first HTTP/1.1\r\nHost: a\r\nContent-Type: " + form.content_type() +
                         "\r\nContent-Length: " + std::to_string(form.body().size()) + "\r\n\r\n" +
                         form.body();
    auto const answers = client().raw(request + request);
    EXPECT_EQ(answers.find("HTTP/1.1 200"), 0U);
    EXPECT_NE(answers.rfind("HTTP/1.1 200"), 0U);
}

TEST_F(multipart_reading, gives_the_same_however_the_bytes_arrive)
{
    auto const form =
        test_form().field("a", "1").file("f", "x", "\r\n----serval-test-for\r\n").field("b", "22");
    auto const request =
        "POST /describe HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: " + form.content_type() +
        "\r\nContent-Length: " + std::to_string(form.body().size()) + "\r\n\r\n" + form.body();
    auto const whole = client().raw(request);
    auto const content_of = [](std::string const& answer) { return answer.substr(answer.find("\r\n\r\n")); };
    EXPECT_NE(whole.find("f[x]"), std::string::npos) << whole;
    auto const body_begin = request.size() - form.body().size();
    for (std::size_t at = body_begin; at != request.size(); ++at)
        EXPECT_EQ(content_of(client().raw(request, {at})), content_of(whole)) << at;
}

} // namespace
} // namespace serval
