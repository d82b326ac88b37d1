// The framing of a request body: Content-Length and chunked (RFC 9112 sections 6 and 7), without I/O.
#pragma once

#include "wire/error.hpp"
#include "wire/head.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace serval::wire {

/// Decodes one message body from bytes as they arrive.
///
/// Data is handed out as views of the input: no copy, no allocation. Chunk extensions and trailers are
/// checked and dropped; all of them in one body together may take `max_overhead` bytes.
/// Anything doubtful is `error::bad_chunk`, never guessed at: bare LF, signs or blanks around the size, more
/// than 16 hex digits or 63 bits, an extension that is not RFC 9112's grammar, a missing CRLF after data, a
/// folded trailer, …
class body_decoder {
public:
    static constexpr std::size_t default_max_overhead = 16 * 1024;

    body_decoder() = default; ///< no body: finished at once
    static body_decoder for_length(std::uint64_t length) noexcept;
    static body_decoder for_chunked(std::size_t max_overhead = default_max_overhead) noexcept;
    /// As the head says.
    static body_decoder for_head(request_head const& head) noexcept;

    struct step {
        std::size_t consumed = 0; ///< bytes of the input that are done with, including `data`
        std::string_view data;    ///< body bytes; a view of the input; may be empty
        error failure = error::none;
    };

    /// Consumes a prefix of `bytes`. Returns at each run of data; call again with the rest until `consumed`
    /// is 0 (more input is needed), `finished()` is true, or it failed. Never consumes past the body's end.
    step decode(std::string_view bytes) noexcept;

    bool finished() const noexcept { return state_ == state::finished; }
    /// Bytes still to come: exact for a length, 0 when unknown (chunked).
    std::uint64_t remaining() const noexcept;

private:
    enum class state : unsigned char {
        finished,
        length,
        size,
        extension,
        size_lf,
        data,
        data_cr,
        data_lf,
        trailer_start,
        trailer,
        trailer_lf,
        last_lf,
        failed
    };

    std::string_view take_data(std::string_view bytes) noexcept;
    state after(char c) noexcept;
    state after_size(char c) noexcept;
    state after_extension(char c) noexcept;
    state after_trailer(char c) noexcept;
    bool spend_overhead() noexcept;

    state state_ = state::finished;
    unsigned char digits_ = 0; // of the chunk size so far
    unsigned char place_ = 0;  // inside an extension or a trailer line
    std::uint64_t remaining_ = 0;
    std::size_t overhead_ = 0; // bytes of extensions and trailers that may still come
};

} // namespace serval::wire
