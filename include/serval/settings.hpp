// Every limit of a server, with its default.
#pragma once

#include <serval/log.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace serval {

/// What becomes of a request's background tasks when a server has as many as it may have.
enum class background_overflow : std::uint8_t {
    /// They are accepted, and the connection waits for them before it reads its next request or closes:
    /// clients that ask for more than gets done are slowed down.
    run_inline,
    /// `background_tasks::add` throws http_error 503 with Retry-After.
    refuse,
};

/// Bounds on what a client may send and how long it may take. All are enforced; design reasons in
/// docs/architecture.md.
///
/// A number may be anything up to its type's greatest value, which is no bound, and a time up to its type's
/// longest, which counts as a year, unless something else is said. A server and a test_client throw
/// std::invalid_argument for what is out of range, with the setting's name.
struct limits {
    /// Bytes of the request line, without CRLF; 16 to 16 Mi. Beyond: 414, close.
    std::size_t request_line = 8 * 1024;
    /// Bytes of all header field lines; 16 to 16 Mi. Beyond: 431, close.
    std::size_t header_block = 32 * 1024;
    /// Number of header field lines, 1 to 128. Beyond: 431, close.
    std::size_t header_count = 100;
    /// Bytes of a JSON body; `route::max_body` overrides it. Beyond: 413, at once when declared, else when
    /// crossed.
    ///
    /// What is made of it may be larger: each `{}` in a list of models makes a whole model, of
    /// `sizeof(model)` bytes for three of text, which is some hundred times the body for models of many
    /// members. Bound such lists with `max_length`, which is checked before the first element is made.
    std::size_t json_body = 1024 * 1024;
    /// Bytes of a body that a handler reads raw (`route::read_body`). Beyond: 413.
    std::size_t raw_body = 16 * 1024 * 1024;
    /// Bytes of an application/x-www-form-urlencoded body, which is held in memory: `route::max_body` can
    /// only lower it. Beyond: 413.
    std::size_t form_body = 1024 * 1024;
    /// Bytes of a multipart/form-data body, all files and the framing between them included. Beyond: 413, at
    /// once when declared, else when crossed. This and `raw_body` yield to `route::max_body`.
    std::size_t multipart_body = 64 * 1024 * 1024;
    /// Bytes of one uploaded file; `route::max_file_size` overrides it. Beyond: 413. Default: none but the
    /// body's.
    std::uint64_t file_size = std::numeric_limits<std::uint64_t>::max();
    /// Bytes of an uploaded file that are kept in memory; a longer file goes to the disk.
    std::size_t file_memory = 1024 * 1024;
    /// Bytes of all files of one form that are kept in memory, and of all forms of the server, for as long as
    /// their `upload_file`s live. Beyond either: files go to the disk once they have more than 16 KiB, which
    /// stay in memory so that a small file costs no descriptor: `form_files` times that (1.6 MiB) a form is
    /// what it may hold beside. Files that a handler takes as bytes or text are counted, and stay in memory
    /// whatever the count: `file_size` bounds them.
    std::size_t form_memory = 8 * 1024 * 1024;
    std::size_t form_memory_total = 128 * 1024 * 1024;
    /// Files of one form; `route::max_files` overrides it. Beyond: 400.
    std::size_t form_files = 100;
    /// Text fields of one form. Beyond: 400.
    std::size_t form_fields = 1000;
    /// Bytes of one text field. Beyond: 413.
    std::size_t form_field = 1024 * 1024;
    /// Bytes of all text fields of a multipart form together: what it holds in memory beside `form_memory`.
    /// Beyond: 413.
    std::size_t form_text = 8 * 1024 * 1024;
    /// Header field lines of one part of a multipart body, at least 1, and bytes of all of them, at least 16.
    /// Beyond: 400.
    std::size_t part_headers = 16;
    std::size_t part_header_block = 4 * 1024;
    /// Query parameters of one request. Beyond: 400.
    std::size_t query_parameters = 1000;
    /// Open connections of the server, at least 1, also at most 80 % of the descriptor limit. Beyond: the one
    /// that has been idle between requests longest, for 250 ms at least, is closed for the newcomer; without
    /// such a one newcomers wait.
    std::size_t connections = 10'000;
    /// Open connections of one peer: an IPv4 address, or the first 64 bits of an IPv6 address. Zero: no bound
    /// but `connections`; leave it so behind a proxy, which is the only peer then, and on a Unix socket,
    /// where it means nothing. Beyond: the newcomer is closed unread.
    std::size_t connections_per_address = 0;
    /// Bytes of an unread request body that are read and dropped to keep the connection. Beyond: lingering
    /// close.
    std::size_t discard_body = 64 * 1024;
    /// Time from the first byte of a request head to its last, not zero. Beyond: 408, close.
    std::chrono::milliseconds head_timeout{10'000};
    /// Time that a connection may be silent between requests, not zero. Beyond: close.
    std::chrono::milliseconds keep_alive_timeout{75'000};
    /// Bytes a second that a body (in) or a response (out) must at least move, over each `rate_grace`, which
    /// is not zero. Zero: none. Below: 408, or a reset.
    std::size_t minimum_rate = 240;
    std::chrono::milliseconds rate_grace{5'000};
    /// Time that a handler may take; zero: none. Beyond: it is cancelled, 503; a plain
    /// handler is told through `request::stop_token` and waited for, and its answer is sent.
    std::chrono::milliseconds handler_timeout{0};
    /// Background tasks of the server that are accepted and not finished, those of requests whose handlers
    /// still run included. Beyond: what `background_overflow` says; tasks of the application: 503.
    std::size_t background_tasks = 10'000;
    serval::background_overflow background_overflow = serval::background_overflow::run_inline;
    /// What a client still sends behind the last answer of its connection, the rest of a body above all, is
    /// read at most this long and this far, so that the answer arrives. Zero: not at all.
    std::chrono::milliseconds linger_timeout{2'000};
    std::size_t linger_bytes = 1024 * 1024;
};

/// A place to listen on: a port of a host, or a Unix socket.
struct listen_address {
    /// An IPv4 or IPv6 address, or a host name, not empty. All addresses of a name are listened on,
    /// "localhost" is 127.0.0.1 and ::1; one that this machine does not have is left out. Ignored with
    /// `unix_path`.
    std::string host = "127.0.0.1";
    /// Port; 0 takes a free one, see `server::addresses()`.
    std::uint16_t port = 0;
    /// Path of a Unix socket to listen on instead. A socket file that nobody listens on is replaced; it is
    /// removed at the end.
    std::string unix_path{};
    /// Permissions of that socket file, 0 to 0777, whatever the umask: who may connect needs to write. It has
    /// them before anybody can, and no more at any moment.
    unsigned unix_mode = 0666;

    friend bool operator==(listen_address const&, listen_address const&) = default;
};

/// How a server listens, runs and logs. An aggregate: made before the server starts, never inside a
/// coroutine. Ranges are checked as those of `limits`.
struct settings {
    /// Where to listen, in the words of `listen_address`.
    std::string host = "127.0.0.1";
    /// Port; 0 takes a free one, see `server::port()`.
    std::uint16_t port = 8000;
    std::string unix_path{};
    unsigned unix_mode = 0666;
    /// More places to listen on at once, no two the same: another port, a Unix socket beside TCP. Loops,
    /// limits and the drain are one for all places. Either all can be listened on, or the server does not
    /// start, and leaves nothing behind.
    std::vector<listen_address> also_listen{};
    /// Event loops, one thread each, at most 1024; 0: one a core. With 1, coroutine handlers never run at the
    /// same time.
    std::size_t threads = 1;
    /// Threads of the pool for plain handlers, 1 to 10'000, started when needed.
    std::size_t pool_threads = 40;
    /// Calls that may wait for a pool thread. Beyond: 503 with Retry-After.
    std::size_t pool_queue = 1024;
    /// Threads of the pool that reads and writes uploaded files, 1 to 10'000, started when needed, so that
    /// plain handlers which block cannot stall uploads. What waits for one is bounded by the requests in
    /// flight.
    std::size_t file_threads = 4;
    /// Directory of the unlinked temporary files of uploads; empty: $TMPDIR, else /tmp. Not written to: 507.
    std::string temporary_directory{};
    /// Give memory that load has left behind back to the system (malloc_trim, with glibc only): once the
    /// process has grown by 64 MiB, and of the connections that were at work a sixteenth is left, and 16 at
    /// most; every 10 s at most, on a thread of its own. Whoever takes memory meanwhile may have to wait for
    /// it, about 1 ms for each 8 MiB that are given back: 130 ms for a gigabyte.
    bool trim_memory = true;
    /// Time that `stop()` and signals give what is in flight before it is cancelled.
    std::chrono::milliseconds shutdown_timeout{30'000};
    serval::limits limits{};
    log_level level = log_level::info;
    /// Log a warning for a coroutine (a handler, a dependency, middleware, a stream) that holds its loop for
    /// this long or longer from one co_await to the next, with its route: everybody else waits meanwhile. One
    /// line a second and loop; zero: never. Empty: 50 ms with `log_level::debug`, else never.
    std::optional<std::chrono::milliseconds> hold_warning{};
    /// Log a line for each response.
    bool access_log = true;
    /// Null: `console_log()`.
    std::shared_ptr<log_sink> log{};
};

} // namespace serval
