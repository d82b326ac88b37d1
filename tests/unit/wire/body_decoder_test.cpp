// What tests/wire/cases cannot show of body_decoder: its steps, and the bounds of what it consumes.
#include "support/extreme_digits.hpp"
#include "wire/body_decoder.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

namespace serval::wire {

namespace {

// Decodes all of `bytes`; returns the body and leaves in `bytes` what is not part of it.
std::string drain(body_decoder& decoder, std::string_view& bytes)
{
    std::string body;
    for (;;) {
        auto const step = decoder.decode(bytes);
        body += step.data;
        bytes.remove_prefix(step.consumed);
        if (step.consumed == 0 || step.failure != error::none) return body;
    }
}

} // namespace

TEST(body_decoder, is_finished_at_once_without_a_body)
{
    EXPECT_TRUE(body_decoder{}.finished());
    EXPECT_TRUE(body_decoder::for_length(0).finished());
    body_decoder decoder;
    auto const step = decoder.decode("next");
    EXPECT_EQ(step.consumed, 0U);
    EXPECT_EQ(step.failure, error::none);
}

TEST(body_decoder, hands_out_views_of_the_input)
{
    std::string const input = "5\r\nhello\r\n";
    auto decoder = body_decoder::for_chunked();
    auto const step = decoder.decode(input);
    EXPECT_EQ(step.data, "hello");
    EXPECT_EQ(step.data.data(), input.data() + 3);
    EXPECT_EQ(step.consumed, 8U);
}

TEST(body_decoder, knows_what_remains_of_a_length)
{
    auto decoder = body_decoder::for_length(5);
    EXPECT_EQ(decoder.remaining(), 5U);
    decoder.decode("he");
    EXPECT_EQ(decoder.remaining(), 3U);
    EXPECT_FALSE(decoder.finished());
    auto const step = decoder.decode("lloGET");
    EXPECT_EQ(step.consumed, 3U);
    EXPECT_EQ(step.data, "llo");
    EXPECT_EQ(decoder.remaining(), 0U);
    EXPECT_TRUE(decoder.finished());
}

TEST(body_decoder, counts_lengths_of_64_bits)
{
    auto decoder = body_decoder::for_length(std::numeric_limits<std::uint64_t>::max());
    decoder.decode("abc");
    EXPECT_EQ(decoder.remaining(), std::numeric_limits<std::uint64_t>::max() - 3);
}

TEST(body_decoder, takes_chunks_of_up_to_63_bits_in_16_digits)
{
    std::vector<std::string> sizes = test::extreme_digits();
    for (std::size_t n = 1; n != 20; ++n) {
        for (char const first : {'7', '8', 'f', '0'})
            sizes.push_back(first + std::string(n, 'f'));
    }
    for (std::string const& size : sizes) {
        bool const fits = size.size() < 16 || (size.size() == 16 && size.front() < '8');
        auto decoder = body_decoder::for_chunked();
        EXPECT_EQ(decoder.decode(size + "\r\nx").failure, fits ? error::none : error::bad_chunk) << size;
    }
}

TEST(body_decoder, does_not_know_what_remains_of_chunks)
{
    auto decoder = body_decoder::for_chunked();
    decoder.decode("ff\r\nhello");
    EXPECT_EQ(decoder.remaining(), 0U);
    EXPECT_FALSE(decoder.finished());
}

TEST(body_decoder, consumes_nothing_of_nothing)
{
    auto decoder = body_decoder::for_chunked();
    auto const step = decoder.decode("");
    EXPECT_EQ(step.consumed, 0U);
    EXPECT_EQ(step.failure, error::none);
}

TEST(body_decoder, leaves_the_next_request_alone)
{
    auto decoder = body_decoder::for_chunked();
    std::string_view bytes = "1\r\na\r\n2\r\nbc\r\n0\r\nX: y\r\n\r\nGET /";
    EXPECT_EQ(drain(decoder, bytes), "abc");
    EXPECT_TRUE(decoder.finished());
    EXPECT_EQ(bytes, "GET /");
}

TEST(body_decoder, stays_failed)
{
    auto decoder = body_decoder::for_chunked();
    EXPECT_EQ(decoder.decode("x").failure, error::bad_chunk);
    auto const step = decoder.decode("0\r\n\r\n");
    EXPECT_EQ(step.failure, error::bad_chunk);
    EXPECT_EQ(step.consumed, 0U);
    EXPECT_FALSE(decoder.finished());
}

TEST(body_decoder, holds_extensions_and_trailers_together_to_the_cap)
{
    std::string const extension = "1;abc\r\nx\r\n"; // 4 bytes
    std::string const trailer = "0\r\na: b\r\n";    // 6 bytes
    for (std::size_t const cap : {9U, 10U}) {
        auto decoder = body_decoder::for_chunked(cap);
        std::string const input = extension + trailer + "\r\n";
        std::string_view bytes = input;
        EXPECT_EQ(drain(decoder, bytes), "x");
        EXPECT_EQ(decoder.finished(), cap == 10) << cap;
    }
}

TEST(body_decoder, takes_bodies_without_overhead_under_a_cap_of_nothing)
{
    auto decoder = body_decoder::for_chunked(0);
    std::string_view bytes = "1\r\na\r\n0\r\n\r\n";
    EXPECT_EQ(drain(decoder, bytes), "a");
    EXPECT_TRUE(decoder.finished());
}

TEST(body_decoder, refuses_at_the_byte_that_is_wrong)
{
    auto decoder = body_decoder::for_chunked();
    auto const data = decoder.decode("5\r\nhelloXX0\r\n\r\n");
    EXPECT_EQ(data.data, "hello");
    EXPECT_EQ(data.failure, error::none);
    EXPECT_EQ(decoder.decode("X").failure, error::bad_chunk);
}

TEST(body_decoder, does_as_the_head_says)
{
    request_head head;
    EXPECT_TRUE(body_decoder::for_head(head).finished());
    head.body = framing::length;
    head.content_length = 3;
    EXPECT_EQ(body_decoder::for_head(head).remaining(), 3U);
    head.body = framing::chunked;
    auto decoder = body_decoder::for_head(head);
    EXPECT_EQ(decoder.decode("1\r\na").data, "a");
}

} // namespace serval::wire
