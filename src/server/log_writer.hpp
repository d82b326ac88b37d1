// What a server logs, made into records for its sink.
#pragma once

#include <serval/log.hpp>
#include <serval/request.hpp>
#include <serval/settings.hpp>

#include <exception>
#include <memory>
#include <string_view>

namespace serval::server_impl {

/// Writes a server's records: the level's threshold, the access line's form, and the escaping of all text.
///
/// Thread-safe. Nothing throws: a record for which there is no memory is lost.
class log_writer {
public:
    /// Takes `level`, `access_log` and `log` from `options`; a null `log` is the console.
    explicit log_writer(settings const& options);

    bool enabled(log_level level) const noexcept { return level >= level_ && level != log_level::off; }
    bool access_enabled() const noexcept { return access_ && enabled(log_level::info); }

    /// Logs `message` when `level` is enabled. Control characters in it become \xNN; text from a client
    /// should also have its quotes escaped (base::append_log_escaped) before it becomes part of a message.
    void write(log_level level, std::string_view message) noexcept;

    /// Logs a response in uvicorn's form, when that is enabled: `127.0.0.1:51234 - "GET /x?y=1 HTTP/1.1" 200
    /// OK`.
    ///
    /// As uvicorn writes it, an IPv6 address has no brackets. A client without an address (a Unix socket) is
    /// `unix`, where uvicorn leaves an empty place. A target is cut after 2 KiB and a method after 32 bytes,
    /// each marked with "...". A status without a standard phrase stands alone. `http_version`: "1.1".
    void access(client_address const& client, std::string_view method, std::string_view target,
                std::string_view http_version, int status) noexcept;

    /// Logs likewise an answer to what is no request, with `why`, a text of serval's own: `127.0.0.1:51234 -
    /// "GET /x y HTTP/1.1" 400 Bad Request (malformed request line)`. `line` is cut after 256 bytes.
    void refused(client_address const& client, std::string_view line, int status,
                 std::string_view why) noexcept;

    void flush() noexcept { sink_->flush(); }

private:
    void write_access(std::string_view line);

    std::shared_ptr<log_sink> sink_;
    log_level level_;
    bool access_;
};

/// Logs what a completion handler has thrown, when memory is short, too.
void log_failure(log_writer& log, std::exception_ptr const& thrown) noexcept;

} // namespace serval::server_impl
