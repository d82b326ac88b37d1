// The body of an exchange's request, as its handler reads it.
#pragma once

#include "http/body_source.hpp"
#include "server/watch.hpp"
#include "wire/error.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace serval::server_impl {

class exchange;

/// Gives a body's bytes, bounds them, and watches how fast they come while the handler waits. Its exchange
/// owns it.
class request_body final : public http::body_source {
public:
    explicit request_body(exchange& of) noexcept : of_{of} {}

    /// Another request's.
    void begin() noexcept;

    bool read_arrived(std::size_t max_bytes) override;
    task<void> read_all(std::size_t max_bytes) override;
    std::optional<std::string_view> next_piece(std::size_t max_bytes) override;
    task<void> receive() override;

    /// The last chance to ask the client for it, for an answer that begins before it is read.
    void ask();
    /// It was cut short, or is malformed: the client's fault.
    bool failed() const noexcept { return failed_; }
    /// A handler waits for it, whose time that is not.
    bool waiting() const noexcept { return waiting_; }
    /// How long that was, until now, on the loop's clock.
    watch::ticks time_waited() const noexcept { return time_waited_; }
    /// Whether it comes too slowly. While `waiting`.
    bool comes_too_slowly() noexcept;

private:
    class wait;

    [[noreturn]] void refuse(wire::error why);

    exchange& of_;
    std::uint64_t bytes_ = 0; // that were handed out
    pace pace_;
    watch::ticks time_waited_ = 0;
    wire::error refused_ = wire::error::none;
    bool waiting_ = false;
    bool failed_ = false;
};

} // namespace serval::server_impl
