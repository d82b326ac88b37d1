#include "openapi/docs_file.hpp"

#include <serval/serval.hpp>
#include <serval/testing/test_client.hpp>

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace serval::openapi {
namespace {

using namespace std::string_view_literals;

// python3: gzip.compress(b"serval " * 40, mtime=0)
constexpr auto compressed = "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\x2b\x4e\x2d\x2a\x4b\xcc\x51"
                            "\x28\x1e\xa5\x50\x29\x00\xc6\x36\x90\x95\x18\x01\x00\x00"sv;

std::string plain()
{
    std::string made;
    for (int i = 0; i != 40; ++i)
        made += "serval ";
    return made;
}

docs_file style()
{
    return {.path = "/style.css",
            .content_type = "text/css; charset=utf-8",
            .tag = "abc",
            .gzip = compressed,
            .size = 280,
            .revision = "5.0"};
}

docs_file page()
{
    return {.path = "/page",
            .content_type = "text/html; charset=utf-8",
            .tag = "def",
            .text = "<p>Hello",
            .security_policy = "default-src 'none'"};
}

class docs_file_test : public testing::Test {
protected:
    docs_file_test()
    {
        application.get("/style.css", [this](request& asked) -> task<response> {
            co_return answer_docs_file(style_, asked);
        });
        application.get(
            "/page", [this](request& asked) -> task<response> { co_return answer_docs_file(page_, asked); });
    }

    docs_file style_ = style();
    docs_file page_ = page();
    app application;
};

TEST_F(docs_file_test, a_client_that_takes_gzip_gets_the_compressed_bytes)
{
    test_client client{application};
    auto const answer = client.get("/style.css", {{"Accept-Encoding", "gzip, deflate"}});
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, compressed);
    EXPECT_EQ(answer.header("content-encoding"), "gzip");
    EXPECT_EQ(answer.header("content-length"), std::to_string(compressed.size()));
    EXPECT_EQ(answer.header("content-type"), "text/css; charset=utf-8");
    EXPECT_EQ(answer.header("vary"), "accept-encoding");
}

TEST_F(docs_file_test, another_client_gets_the_content_itself)
{
    test_client client{application};
    auto const answer = client.get("/style.css");
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, plain());
    EXPECT_EQ(answer.header("content-encoding"), std::nullopt);
    EXPECT_EQ(answer.header("content-length"), "280");
    EXPECT_EQ(answer.header("vary"), "accept-encoding");
}

TEST_F(docs_file_test, the_two_forms_have_different_tags)
{
    test_client client{application};
    EXPECT_EQ(client.get("/style.css").header("etag"), "\"abc\"");
    EXPECT_EQ(client.get("/style.css", {{"Accept-Encoding", "gzip"}}).header("etag"), "\"abc-gzip\"");
    // Else a cache could hand out the one for the other.
    EXPECT_EQ(client.get("/style.css", {{"If-None-Match", "\"abc-gzip\""}}).status, 200);
}

TEST_F(docs_file_test, what_the_client_has_is_answered_with_304)
{
    test_client client{application};
    auto const answer =
        client.get("/style.css", {{"Accept-Encoding", "gzip"}, {"If-None-Match", "\"x\", \"abc-gzip\""}});
    EXPECT_EQ(answer.status, 304);
    EXPECT_EQ(answer.body, "");
    EXPECT_EQ(answer.header("etag"), "\"abc-gzip\"");
    EXPECT_EQ(answer.header("vary"), "accept-encoding");
    EXPECT_EQ(answer.header("cache-control"), "no-cache");
    EXPECT_EQ(answer.header("content-encoding"), std::nullopt);
    EXPECT_EQ(client.get("/page", {{"If-None-Match", "\"def\""}}).status, 304);
}

TEST_F(docs_file_test, only_the_address_with_the_revision_may_be_kept_for_ever)
{
    test_client client{application};
    EXPECT_EQ(client.get("/style.css?5.0").header("cache-control"), "public, max-age=31536000, immutable");
    EXPECT_EQ(client.get("/style.css?4.9").header("cache-control"), "no-cache");
    EXPECT_EQ(client.get("/style.css").header("cache-control"), "no-cache");
    EXPECT_EQ(client.get("/page").header("cache-control"), "no-cache");
}

TEST_F(docs_file_test, head_has_the_length_of_either_form)
{
    test_client client{application};
    auto const small = client.head("/style.css", {{"Accept-Encoding", "gzip"}});
    EXPECT_EQ(small.status, 200);
    EXPECT_EQ(small.body, "");
    EXPECT_EQ(small.header("content-length"), std::to_string(compressed.size()));
    EXPECT_EQ(client.head("/style.css").header("content-length"), "280");
    EXPECT_EQ(client.head("/page").header("content-length"), "8");
}

TEST_F(docs_file_test, a_page_comes_with_its_policy)
{
    test_client client{application};
    auto const answer = client.get("/page", {{"Accept-Encoding", "gzip"}});
    EXPECT_EQ(answer.body, "<p>Hello");
    EXPECT_EQ(answer.header("content-security-policy"), "default-src 'none'");
    EXPECT_EQ(answer.header("x-content-type-options"), "nosniff");
    EXPECT_EQ(answer.header("content-encoding"), std::nullopt);
    EXPECT_EQ(answer.header("vary"), std::nullopt);
}

TEST_F(docs_file_test, damage_breaks_the_answer_off_instead_of_sending_less)
{
    style_.gzip = compressed.substr(0, compressed.size() - 9);
    test_client client{application};
    EXPECT_EQ(client.get("/style.css").status, 500); // nothing had been sent before
}

TEST(tag_of_text, differs_for_texts_that_differ)
{
    EXPECT_EQ(tag_of("a"), tag_of("a"));
    EXPECT_NE(tag_of("a"), tag_of("b"));
    EXPECT_NE(tag_of("ab"), tag_of("ba"));
}

} // namespace
} // namespace serval::openapi
