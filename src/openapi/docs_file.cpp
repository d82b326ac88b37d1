// One file of the documentation, and how a request for it is answered.
#include "openapi/docs_file.hpp"

#include "http/body_producer.hpp"
#include "wire/accept_encoding.hpp"
#include "wire/conditional.hpp"
#include "wire/gzip_reader.hpp"

#include <array>
#include <charconv>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>

namespace serval::openapi {

namespace {

class compressed_body final : public detail::body_producer {
public:
    explicit compressed_body(std::string_view gzip) noexcept : gzip_{gzip} {}

    std::optional<std::uint64_t> length() const noexcept override { return gzip_.size(); }
    task<void> produce(http::body_sink& out) override { return http::append_all(out, gzip_); }

private:
    std::string_view gzip_;
};

class decompressed_body final : public detail::body_producer {
public:
    decompressed_body(std::string_view gzip, std::uint64_t size) noexcept : gzip_{gzip}, size_{size} {}

    std::optional<std::uint64_t> length() const noexcept override { return size_; }

    task<void> produce(http::body_sink& out) override
    {
        wire::gzip_reader reader{gzip_};
        std::string piece(piece_size, '\0');
        for (;;) {
            auto const n = reader.read(std::span<char>{piece});
            if (n.has_error())
                throw std::runtime_error{"an embedded file is damaged: " + n.error().message()};
            if (*n == 0) break;
            std::string_view const filled{piece.data(), *n};
            co_await http::append_all(out, filled);
        }
    }

private:
    static constexpr std::size_t piece_size = 16 * 1024;

    std::string_view gzip_;
    std::uint64_t size_;
};

bool client_has(std::string_view etag, request const& asked)
{
    wire::preconditions const fields{.if_none_match = asked.header("if-none-match")};
    return wire::evaluate(fields, {.etag = etag}, true).outcome == wire::precondition_outcome::not_modified;
}

} // namespace

std::string tag_of(std::string_view text)
{
    // FNV-1a: nobody gains from two pages of one application that have the same tag.
    std::uint64_t hash = 14695981039346656037U;
    for (char const c : text) {
        hash ^= static_cast<unsigned char>(c);
        hash *= 1099511628211U;
    }
    std::array<char, 16> digits{};
    auto const end = std::to_chars(digits.data(), digits.data() + digits.size(), hash, 16).ptr;
    return std::string(digits.data(), end);
}

response answer_docs_file(docs_file const& file, request const& asked)
{
    bool const has_codings = !file.gzip.empty();
    bool const gzip = has_codings && wire::accepts_gzip(asked.header("accept-encoding").value_or(""));
    // What is sent compressed is another representation, with a tag of its own (RFC 9110 section 8.8.3.3).
    std::string const etag = '"' + file.tag + (gzip ? "-gzip\"" : "\"");
    bool const for_ever = !file.revision.empty() && asked.query_string() == file.revision;

    response answer;
    answer.header("etag", etag);
    answer.header("cache-control", for_ever ? "public, max-age=31536000, immutable" : "no-cache");
    if (has_codings) answer.header("vary", "accept-encoding");
    if (!file.security_policy.empty()) answer.header("content-security-policy", file.security_policy);
    answer.header("x-content-type-options", "nosniff");
    if (client_has(etag, asked)) {
        answer.status(304);
        return answer;
    }
    answer.content_type(file.content_type);
    if (gzip) {
        answer.header("content-encoding", "gzip");
        answer.producer(std::make_shared<compressed_body>(file.gzip));
    } else if (has_codings) {
        answer.producer(std::make_shared<decompressed_body>(file.gzip, file.size));
    } else {
        answer.body(file.text);
    }
    return answer;
}

} // namespace serval::openapi
