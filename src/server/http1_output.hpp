// The sending half of HTTP/1.1, without I/O: answers to bytes.
#pragma once

#include <serval/response.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace serval::server_impl {

/// What an answer says of the connection behind it (RFC 9112 section 9.3).
enum class persistence : unsigned char {
    keep,
    keep_1_0, ///< a client of HTTP/1.0 is told so
    close
};

/// Writes answers, one behind the other, into the buffer that it is lent, and says which bytes are to be
/// sent. Only one is being written at a time.
class http1_output {
public:
    http1_output() = default;
    http1_output(http1_output const&) = delete;
    http1_output& operator=(http1_output const&) = delete;

    /// Works in this from now on; null: in none, and then nothing else may be called.
    void use(std::string* buffer) noexcept { buffer_ = buffer; }

    // Answers.

    /// "100 Continue".
    void ask_for_body();
    /// All of an answer. `head_only`: its body is not sent. `date`: of 29 bytes.
    void write(response& answer, persistence behind, std::string_view date, bool head_only);
    /// The head of one whose body follows. Without a length it is chunked, or, to a client of HTTP/1.0, ends
    /// with the connection: then `persistence::close` must be given.
    void begin(response const& answer, persistence behind, std::string_view date,
               std::optional<std::uint64_t> length, bool http_1_0);
    /// The head of 101 Switching Protocols to `protocol`: what is appended then is its bytes.
    void switch_to(std::string_view protocol, response const& answer, std::string_view date);
    /// How many bytes `append` takes now: a stream gathers 64 KiB before it must be sent.
    std::size_t room() const noexcept;
    void append(std::string_view bytes);
    /// Ends the body.
    void finish();
    /// Whether the body ends with the connection.
    bool ends_with_connection() const noexcept { return framing_ == framing::none; }

    /// Whether nothing of the answer that was begun last has been sent.
    bool can_take_back() const noexcept { return begun_at_ != nowhere; }
    /// Makes it as if it had not been begun.
    void take_back() noexcept;

    // Bytes.

    /// What is gathered, sent or not: answers to pipelined requests, say.
    std::size_t gathered() const noexcept { return buffer_->size() + large_body_.size(); }
    /// Whether so much is gathered that it must be sent before another answer is written.
    bool full() const noexcept { return buffer_->size() > max_gathered || !large_body_.empty(); }
    bool unsent() const noexcept { return buffer_ != nullptr && gathered() > sent_; }
    /// What is to be sent next, in one or two pieces; both empty: nothing.
    std::array<std::string_view, 2> to_send() const noexcept;
    void sent(std::size_t bytes) noexcept;
    /// All was sent, or is lost.
    void clear() noexcept;
    /// Goes on in `fresh`, with what is gathered.
    void move_to(std::string& fresh) noexcept;

private:
    static constexpr std::size_t nowhere = static_cast<std::size_t>(-1);
    static constexpr std::size_t max_gathered = 64 * 1024;
    /// Bodies beyond this are sent from where they are; smaller ones are cheaper to copy behind their head.
    static constexpr std::size_t copied_body = 16 * 1024;

    /// Whether and how a head states the body's length.
    enum class framing : unsigned char { none, length, chunked };

    void write_head(response const& answer, persistence behind, std::string_view date, framing body,
                    std::uint64_t length, std::string_view text = {});
    void write_text(response& answer, persistence behind, std::string_view date, bool head_only);

    std::string* buffer_ = nullptr;
    std::string large_body_;         // sent behind the buffer without being copied into it
    std::size_t sent_ = 0;           // bytes of both that are
    std::size_t begun_at_ = nowhere; // where the answer that was begun lies, until any of it is sent
    framing framing_ = framing::length;
};

} // namespace serval::server_impl
