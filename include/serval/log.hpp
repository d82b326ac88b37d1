// Logging: levels, records and the sink that an application can replace.
// layer: base
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

namespace serval {

/// How grave a log record is. `off` as a threshold silences everything.
enum class log_level : std::uint8_t { debug, info, warning, error, off };

/// The level called "debug", "info", "warning", "error" or "off".
std::optional<log_level> parse_log_level(std::string_view name) noexcept;
std::string_view to_string(log_level level) noexcept;

/// One thing to be logged. The views are valid during the call only.
///
/// Text that a client controls is escaped before it gets here: no control character reaches a sink.
struct log_record {
    enum class source : std::uint8_t { server, access };

    log_level level = log_level::info;
    source from = source::server;
    std::string_view message;
};

/// Where records go. Called from the loop threads and the pool, several at once: must be thread-safe and
/// quick. What blocks in it blocks the server.
class log_sink {
public:
    virtual ~log_sink() = default;
    virtual void write(log_record const& record) noexcept = 0;
    /// Called about every 250 ms while there is traffic, on a loop's thread: a sink may gather until then.
    virtual void flush() noexcept {}
    /// Called before the process ends without destructors: writes what was taken, and waits for that, `limit`
    /// at most. By default the same as `flush`.
    virtual void finish(std::chrono::milliseconds limit) noexcept
    {
        static_cast<void>(limit);
        flush();
    }
};

/// Writes as uvicorn does: `INFO:     127.0.0.1:5000 - "GET / HTTP/1.1" 200 OK`; access to stdout, the rest
/// to stderr.
///
/// A thread of its own writes, which begins with the first record and ends with the sink: who logs never
/// waits. Access lines are gathered, up to 16 KiB, and written in one go, at most 250 ms later; the others at
/// once, and in order with them. When a reader has stopped, up to 1 MiB waits for it; what comes then is
/// dropped, and once there is room again a line says how many records that were. While one of the two is not
/// read, the other goes on. A reader that has gone loses its records and raises no SIGPIPE.
///
/// The end of the sink waits until everything is written, 500 ms at most. A process that ends without that,
/// by a crash or by _exit, loses what was logged a moment before, but for a call of `finish`.
std::shared_ptr<log_sink> console_log();

} // namespace serval
