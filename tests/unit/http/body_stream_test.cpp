#include <serval/serval.hpp>
#include <serval/testing/test_client.hpp>

#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace serval {
namespace {

class body_streaming : public testing::Test {
protected:
    body_streaming()
    {
        app_.post("/sum",
                  [](body_stream& body) -> task<std::string> {
                      std::size_t bytes = 0;
                      for (;;) {
                          auto const piece = co_await body.read_some();
                          if (piece.empty()) break;
                          bytes += piece.size();
                      }
                      auto const after_the_end = co_await body.read_some();
                      co_return std::to_string(bytes + after_the_end.size());
                  })
            .max_body(1'000'000);
        app_.post("/ignore", [](body_stream&) -> task<std::string> { co_return "ignored"; });
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

TEST_F(body_streaming, gives_the_body_to_its_end)
{
    EXPECT_EQ(client().post("/sum", std::string(1'000'000, 'x'), "text/plain").body, "1000000");
    EXPECT_EQ(client().post("/sum", "", "text/plain").body, "0");
    EXPECT_EQ(client().request("POST", "/sum").body, "0");
}

TEST_F(body_streaming, decodes_chunks)
{
    auto const answer = client().raw("POST /sum HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                                     "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
                                     {60, 70, 80});
    EXPECT_EQ(answer.substr(answer.find("\r\n\r\n") + 4), "5");
}

TEST_F(body_streaming, holds_the_body_to_the_limit)
{
    EXPECT_EQ(client().post("/sum", std::string(1'000'001, 'x'), "text/plain").status, 413);
    std::string chunk = "186A0\r\n" + std::string(100'000, 'x') + "\r\n";
    std::string request = "POST /sum HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (int i = 0; i != 11; ++i)
        request += chunk;
    EXPECT_EQ(client().raw(request).find("HTTP/1.1 413"), 0U);
}

TEST_F(body_streaming, leaves_the_connection_usable_when_nothing_is_read)
{
    std::string const request = "POST /ignore HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc";
    auto const answers = client().raw(request + request);
    EXPECT_NE(answers.find("ignored"), answers.rfind("ignored"));
}

TEST_F(body_streaming, asks_for_the_body_when_it_is_read)
{
    std::string const head =
        "POST /sum HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n";
    EXPECT_EQ(client().raw(head + "abc", {head.size()}).find("HTTP/1.1 100 Continue"), 0U);
    std::string const other =
        "POST /ignore HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n";
    EXPECT_EQ(client().raw(other).find("HTTP/1.1 200"), 0U);
}

} // namespace
} // namespace serval
