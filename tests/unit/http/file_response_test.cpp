#include "base/http_date.hpp"
#include "base/temp_file.hpp"
#include "file_loop.hpp"
#include "http/body_producer.hpp"
#include "http/request_state.hpp"
#include "support/no_descriptors.hpp"
#include "support/process_facts.hpp"
#include "support/scratch.hpp"
#include "support/unprivileged.hpp"

#include <serval/file_response.hpp>
#include <serval/storage_error.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <fcntl.h>
#include <optional>
#include <stdexcept>
#include <string>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace serval {
namespace {

/// Takes a body in, few bytes at a time.
class collecting_sink final : public http::body_sink {
public:
    std::size_t append(std::string_view bytes) override
    {
        std::size_t const n = std::min(bytes.size(), room_);
        room_ -= n;
        body += bytes.substr(0, n);
        return n;
    }
    bool flush_now() override
    {
        room_ = 10;
        return true;
    }
    task<void> flush() override
    {
        flush_now();
        co_return;
    }
    void flush_soon() override {}
    task<void> let_others() override { co_return; }
    task<void> send_file(int descriptor, std::uint64_t offset, std::uint64_t count) override
    {
        std::string piece(count, '\0');
        piece.resize(base::read_all_at(descriptor, offset, piece.data(), count).size);
        body += piece;
        if (piece.size() != count) throw std::runtime_error("short");
        longest = std::max(longest, count);
        co_return;
    }

    std::string body;
    std::uint64_t longest = 0;

private:
    std::size_t room_ = 10;
};

/// What a client gets.
struct received {
    response answer;
    std::string body;

    int status() const { return answer.status(); }
    std::string field(std::string_view name) const
    {
        return std::string{answer.headers().get(name).value_or("-")};
    }
    std::string content_type() const { return std::string{answer.content_type()}; }
};

class file_response_test : public testing::Test {
protected:
    file_response_test()
    {
        directory_.write("a.txt", "0123456789");
        timespec const times[] = {{784111777, 500}, {784111777, 500}}; // 06 Nov 1994 08:49:37
        ::utimensat(AT_FDCWD, path("a.txt").c_str(), times, 0);
    }

    std::string path(std::string const& name) const { return directory_.text() + "/" + name; }

    /// Does to `answer` what the connection does.
    received serve(response answer, std::string const& fields = "", std::string const& method = "GET")
    {
        std::string const head = method + " / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n";
        detail::request_state state;
        EXPECT_EQ(wire::parse_head(head, state.head), wire::error::none);
        request const asked{state};
        auto producer = answer.producer();
        loop_.run(producer->prepare(asked, answer));
        received result{answer, answer.body()};
        if (!answer.streamed()) return result;
        producer = answer.producer();
        EXPECT_EQ(answer.content_length(), producer->length());
        if (method == "HEAD") return result;
        collecting_sink sink;
        loop_.run(producer->produce(sink));
        EXPECT_EQ(sink.body.size(), answer.content_length());
        EXPECT_LE(sink.longest, 1024U * 1024U);
        result.body = std::move(sink.body);
        return result;
    }

    received serve_a(std::string const& fields = "", std::string const& method = "GET")
    {
        return serve(file_response(path("a.txt")), fields, method);
    }

    std::string tag() { return serve_a().field("etag"); }

    test::file_loop loop_;
    test::temp_directory directory_;
};

constexpr char const* modified_date = "Sun, 06 Nov 1994 08:49:37 GMT";

} // namespace

TEST_F(file_response_test, sends_the_file_and_describes_it)
{
    auto const got = serve_a();
    EXPECT_EQ(got.status(), 200);
    EXPECT_EQ(got.body, "0123456789");
    EXPECT_EQ(got.content_type(), "text/plain; charset=utf-8");
    EXPECT_EQ(got.answer.content_length(), 10U);
    EXPECT_EQ(got.field("last-modified"), modified_date);
    EXPECT_EQ(got.field("accept-ranges"), "bytes");
    EXPECT_EQ(got.field("etag").front(), '"');
    EXPECT_EQ(got.field("content-disposition"), "-");
    EXPECT_EQ(got.field("content-range"), "-");
}

TEST_F(file_response_test, opens_nothing_before_it_is_sent)
{
    auto const before = test::descriptor_count();
    auto const answer = file_response(path("none"));
    EXPECT_TRUE(answer.streamed());
    EXPECT_EQ(answer.status(), 200);
    EXPECT_EQ(test::descriptor_count(), before);
}

TEST_F(file_response_test, takes_the_media_type_from_the_options_the_name_or_the_path)
{
    auto const type = [](std::string file, file_options const& options) {
        return std::string{file_response(std::move(file), options).content_type()};
    };
    EXPECT_EQ(type("/x/a.png", {}), "image/png");
    EXPECT_EQ(type("/x/a.png", file_options{}.filename("b.pdf")), "application/pdf");
    EXPECT_EQ(type("/x/a.png", file_options{}.filename("b.pdf").media_type("a/b")), "a/b");
    EXPECT_EQ(type("/x/a", {}), "application/octet-stream");
    EXPECT_EQ(type("a", file_options{}.media_type("Text/csv")), "Text/csv; charset=utf-8");
    EXPECT_EQ(type("a", file_options{}.media_type("text/csv; Charset=latin1")), "text/csv; Charset=latin1");
    EXPECT_THROW(type("a", file_options{}.media_type("a/b\r\nx: y")), std::invalid_argument);
}

TEST_F(file_response_test, names_the_file_for_saving)
{
    auto options = file_options{}.filename("my report.pdf");
    EXPECT_EQ(file_response("a", options).headers().get("content-disposition"),
              "attachment; filename*=utf-8''my%20report.pdf");
    options.filename("a\r\nb.txt").show_inline();
    EXPECT_EQ(file_response("a", options).headers().get("content-disposition"),
              "inline; filename=\"ab.txt\"");
}

TEST_F(file_response_test, answers_head_without_the_body_and_keeps_no_descriptor)
{
    auto const before = test::descriptor_count();
    auto const got = serve_a("", "HEAD");
    EXPECT_EQ(got.status(), 200);
    EXPECT_EQ(got.answer.content_length(), 10U);
    EXPECT_EQ(got.field("accept-ranges"), "bytes");
    EXPECT_EQ(test::descriptor_count(), before);
}

TEST_F(file_response_test, closes_the_file_when_it_is_sent_or_given_up)
{
    auto const before = test::descriptor_count();
    auto const got = serve_a();
    EXPECT_EQ(test::descriptor_count(), before) << "though the response is still there";
    {
        auto answer = file_response(path("a.txt"));
        detail::request_state state;
        request const asked{state};
        auto const source = answer.producer(); // which prepares another one in its place
        loop_.run(source->prepare(asked, answer));
        EXPECT_EQ(test::descriptor_count(), before + 1);
    }
    EXPECT_EQ(test::descriptor_count(), before);
}

TEST_F(file_response_test, sends_an_empty_file)
{
    directory_.write("empty", "");
    auto const got = serve(file_response(path("empty")), "Range: bytes=0-\r\n");
    EXPECT_EQ(got.status(), 200);
    EXPECT_EQ(got.body, "");
    EXPECT_EQ(got.answer.content_length(), 0U);
}

TEST_F(file_response_test, sends_a_large_file_in_pieces)
{
    std::string content(5 * 1024 * 1024 + 7, '\0');
    for (std::size_t i = 0; i != content.size(); ++i)
        content[i] = static_cast<char>('a' + i * i % 26);
    directory_.write("large", content);
    EXPECT_TRUE(serve(file_response(path("large"))).body == content);
}

TEST_F(file_response_test, answers_404_for_what_is_no_file)
{
    for (std::string const& no_file :
         {path("none"), path("a.txt/b"), directory_.text(), std::string{"/dev/null"}, std::string{}}) {
        auto const got = serve(file_response(no_file));
        EXPECT_EQ(got.status(), 404) << no_file;
        EXPECT_EQ(got.body, R"({"detail":"Not Found"})");
        EXPECT_EQ(got.content_type(), "application/json");
        EXPECT_FALSE(got.answer.streamed());
    }
}

TEST_F(file_response_test, answers_403_for_what_may_not_be_read)
{
    ASSERT_EQ(::chmod(path("a.txt").c_str(), 0), 0);
    test::unprivileged const user;
    if (!user) GTEST_SKIP() << "root may read everything";
    auto const got = serve_a();
    EXPECT_EQ(got.status(), 403);
    EXPECT_EQ(got.body, R"({"detail":"Forbidden"})");
}

TEST_F(file_response_test, keeps_a_404_free_of_what_was_meant_for_the_file)
{
    auto answer = file_response(path("none"), file_options{}.filename("x.txt"));
    answer.header("cache-control", "max-age=31536000").header("access-control-allow-origin", "*");
    auto const got = serve(answer);
    EXPECT_EQ(got.field("content-disposition"), "-");
    EXPECT_EQ(got.field("cache-control"), "-");
    EXPECT_EQ(got.field("access-control-allow-origin"), "*");
}

TEST_F(file_response_test, answers_not_modified_to_a_client_that_has_the_file)
{
    for (std::string const& fields :
         {"If-None-Match: " + tag() + "\r\n", "If-None-Match: \"x\"\r\nIf-None-Match: W/" + tag() + "\r\n",
          "If-Modified-Since: " + std::string{modified_date} + "\r\n"}) {
        for (std::string const method : {"GET", "HEAD"}) {
            auto const got = serve_a(fields, method);
            EXPECT_EQ(got.status(), 304) << fields;
            EXPECT_EQ(got.body, "");
            EXPECT_EQ(got.content_type(), "");
            EXPECT_EQ(got.field("etag"), tag());
            EXPECT_EQ(got.field("last-modified"), "-");
            EXPECT_FALSE(got.answer.streamed());
        }
    }
}

TEST_F(file_response_test, sends_the_file_to_a_client_that_has_another_version)
{
    EXPECT_EQ(serve_a("If-None-Match: \"x\"\r\n").status(), 200);
    EXPECT_EQ(serve_a("If-Modified-Since: Sun, 06 Nov 1994 08:49:36 GMT\r\n").status(), 200);
    EXPECT_EQ(serve_a("If-Modified-Since: never\r\n").status(), 200);
}

TEST_F(file_response_test, answers_412_when_a_precondition_fails)
{
    auto const got = serve_a("If-Match: \"x\"\r\n");
    EXPECT_EQ(got.status(), 412);
    EXPECT_EQ(got.body, R"({"detail":"Precondition Failed"})");
    EXPECT_EQ(got.field("etag"), "-");
    EXPECT_EQ(serve_a("If-Match: " + tag() + "\r\n").status(), 200);
    EXPECT_EQ(serve_a("If-Unmodified-Since: Sun, 06 Nov 1994 08:49:36 GMT\r\n").status(), 412);
}

TEST_F(file_response_test, can_be_sent_again_when_it_is_kept)
{
    auto const kept = file_response(path("a.txt"));
    EXPECT_EQ(serve(kept, "Range: bytes=0-1,4-5\r\n").status(), 206);
    EXPECT_EQ(serve(kept).body, "0123456789");
    EXPECT_EQ(serve(kept, "Range: bytes=0-1\r\n").body, "01");
}

TEST_F(file_response_test, sends_one_range)
{
    auto const got = serve_a("Range: bytes=2-4\r\n");
    EXPECT_EQ(got.status(), 206);
    EXPECT_EQ(got.body, "234");
    EXPECT_EQ(got.field("content-range"), "bytes 2-4/10");
    EXPECT_EQ(got.content_type(), "text/plain; charset=utf-8");
    EXPECT_EQ(got.answer.content_length(), 3U);
    EXPECT_EQ(serve_a("Range: bytes=-3\r\n").body, "789");
    EXPECT_EQ(serve_a("Range: bytes=0-\r\n").status(), 206);
}

TEST_F(file_response_test, sends_several_ranges_as_parts)
{
    auto const got = serve_a("Range: bytes=8-, 1-2\r\n");
    EXPECT_EQ(got.status(), 206);
    EXPECT_EQ(got.field("content-range"), "-");
    std::string const start = "multipart/byteranges; boundary=";
    ASSERT_TRUE(got.content_type().starts_with(start)) << got.content_type();
    std::string const boundary = got.content_type().substr(start.size());
    EXPECT_EQ(boundary.size(), 26U);
    EXPECT_EQ(got.body, "--" + boundary +
                            "\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-range: bytes 8-9/10\r\n"
                            "\r\n89\r\n--" +
                            boundary +
                            "\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-range: bytes 1-2/10\r\n"
                            "\r\n12\r\n--" +
                            boundary + "--\r\n");
}

TEST_F(file_response_test, answers_416_when_no_range_is_in_the_file)
{
    auto const got = serve_a("Range: bytes=10-\r\n");
    EXPECT_EQ(got.status(), 416);
    EXPECT_EQ(got.field("content-range"), "bytes */10");
    EXPECT_EQ(got.body, R"({"detail":"Range Not Satisfiable"})");
    EXPECT_FALSE(got.answer.content_length());
}

TEST_F(file_response_test, sends_a_range_only_of_the_version_that_if_range_names)
{
    EXPECT_EQ(serve_a("Range: bytes=2-4\r\nIf-Range: " + tag() + "\r\n").status(), 206);
    EXPECT_EQ(serve_a("Range: bytes=2-4\r\nIf-Range: " + std::string{modified_date} + "\r\n").status(), 206);
    EXPECT_EQ(serve_a("Range: bytes=2-4\r\nIf-Range: \"x\"\r\n").body, "0123456789");
    EXPECT_EQ(serve_a("Range: bytes=20-\r\nIf-Range: \"x\"\r\n").status(), 200);
}

TEST_F(file_response_test, sends_no_range_of_a_file_that_was_modified_in_this_second_by_its_date)
{
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    timespec const times[] = {{now.tv_sec + 3, 0}, {now.tv_sec + 3, 0}}; // its date is that of each answer
    ASSERT_EQ(::utimensat(AT_FDCWD, path("a.txt").c_str(), times, 0), 0);
    auto const got = serve_a("Range: bytes=2-4\r\nIf-Range: " + serve_a().field("last-modified") + "\r\n");
    EXPECT_EQ(got.status(), 200);
    EXPECT_EQ(got.body, "0123456789");
    EXPECT_EQ(serve_a("Range: bytes=2-4\r\nIf-Range: " + tag() + "\r\n").status(), 206);
}

TEST_F(file_response_test, is_worth_another_attempt_when_descriptors_have_run_out)
{
    if (test::under_sanitizer()) GTEST_SKIP() << "UBSan needs descriptors to look at objects";
    serve_a(); // the pool's thread is there
    std::optional<storage_error> failure;
    try {
        test::no_descriptors const none;
        serve_a();
    } catch (storage_error const& error) {
        failure = error;
    }
    ASSERT_TRUE(failure);
    EXPECT_EQ(failure->code(), std::errc::too_many_files_open);
    EXPECT_EQ(failure->status(), 503);
    EXPECT_EQ(failure->headers().get("retry-after"), "1");
}

TEST_F(file_response_test, looks_at_preconditions_before_ranges)
{
    EXPECT_EQ(serve_a("Range: bytes=20-\r\nIf-None-Match: " + tag() + "\r\n").status(), 304);
    EXPECT_EQ(serve_a("Range: bytes=2-4\r\nIf-Match: \"x\"\r\n").status(), 412);
}

TEST_F(file_response_test, ignores_ranges_that_come_with_another_method_than_get)
{
    EXPECT_EQ(serve_a("Range: bytes=2-4\r\n", "HEAD").status(), 200);
    auto const got = serve_a("Range: bytes=2-4\r\n", "POST");
    EXPECT_EQ(got.status(), 200);
    EXPECT_EQ(got.body, "0123456789");
}

TEST_F(file_response_test, evaluates_no_precondition_after_another_method_has_done_its_work)
{
    auto const got = serve_a("If-Match: \"x\"\r\nIf-None-Match: *\r\n", "POST");
    EXPECT_EQ(got.status(), 200);
    EXPECT_EQ(got.field("accept-ranges"), "-");
}

TEST_F(file_response_test, sends_the_whole_file_under_another_status)
{
    auto answer = file_response(path("a.txt"));
    answer.status(404);
    auto const got = serve(answer, "Range: bytes=2-4\r\nIf-None-Match: *\r\n");
    EXPECT_EQ(got.status(), 404);
    EXPECT_EQ(got.body, "0123456789");
    EXPECT_EQ(got.field("accept-ranges"), "-");
}

TEST_F(file_response_test, leaves_the_validators_that_the_application_has_set)
{
    auto answer = file_response(path("a.txt"));
    answer.header("etag", "W/\"v1\"").header("last-modified", "Tue, 01 Jan 2030 00:00:00 GMT");
    auto const got = serve(answer);
    EXPECT_EQ(got.field("etag"), "W/\"v1\"");
    EXPECT_EQ(got.field("last-modified"), "Tue, 01 Jan 2030 00:00:00 GMT");
    EXPECT_EQ(serve(answer, "If-None-Match: \"v1\"\r\n").status(), 304);
    EXPECT_EQ(serve(answer, "If-Modified-Since: Tue, 01 Jan 2030 00:00:00 GMT\r\n").status(), 304);
    EXPECT_EQ(serve(answer, "Range: bytes=2-4\r\nIf-Range: \"v1\"\r\n").status(), 200);
}

TEST_F(file_response_test, says_of_no_file_that_it_was_modified_in_the_future)
{
    timespec const times[] = {{4102444800, 0}, {4102444800, 0}}; // 2100
    ASSERT_EQ(::utimensat(AT_FDCWD, path("a.txt").c_str(), times, 0), 0);
    auto const modified = base::parse_http_date(serve_a().field("last-modified"));
    ASSERT_TRUE(modified);
    EXPECT_LE(*modified, std::time(nullptr));
}

TEST_F(file_response_test, fails_when_the_file_has_shrunk)
{
    for (std::size_t const size : {10U, 100'000U}) {
        directory_.write("shrinking", std::string(size, 'x'));
        auto answer = file_response(path("shrinking"));
        detail::request_state state;
        request const asked{state};
        auto const source = answer.producer(); // which prepares another one in its place
        loop_.run(source->prepare(asked, answer));
        ASSERT_EQ(::truncate(path("shrinking").c_str(), 4), 0);
        collecting_sink sink;
        EXPECT_THROW(loop_.run(answer.producer()->produce(sink)), std::runtime_error) << size;
        EXPECT_LE(sink.body.size(), 4U);
    }
}

TEST_F(file_response_test, sends_a_file_that_has_grown_as_long_as_it_was)
{
    auto answer = file_response(path("a.txt"));
    detail::request_state state;
    request const asked{state};
    auto const source = answer.producer(); // which prepares another one in its place
    loop_.run(source->prepare(asked, answer));
    directory_.write("a.txt", "0123456789abc");
    collecting_sink sink;
    loop_.run(answer.producer()->produce(sink));
    EXPECT_EQ(sink.body, "0123456789");
}

TEST_F(file_response_test, reads_what_is_not_in_memory_on_the_pool_for_files)
{
    directory_.write("cold", std::string(300'000, 'x'));
    {
        base::file_descriptor const file{::open(path("cold").c_str(), O_RDONLY | O_CLOEXEC)};
        ::fsync(file.number());
        ::posix_fadvise(file.number(), 0, 0, POSIX_FADV_DONTNEED);
    }
    EXPECT_EQ(serve(file_response(path("cold"))).body, std::string(300'000, 'x'));
}

} // namespace serval
