// What a server logs, made into records for its sink.
#include "server/log_writer.hpp"

#include "base/log_escape.hpp"
#include "base/what_of.hpp"
#include "wire/response_head.hpp"

#include <charconv>
#include <cstddef>
#include <limits>
#include <new>
#include <string>

namespace serval::server_impl {

namespace {

constexpr std::size_t max_target_bytes = 2 * 1024;
constexpr std::size_t max_method_bytes = 32;
constexpr std::size_t max_refused_bytes = 256;

void append_number(std::string& out, int number)
{
    char digits[std::numeric_limits<int>::digits10 + 2];
    auto const written = std::to_chars(digits, digits + sizeof digits, number);
    out.append(digits, written.ptr);
}

void append_cut(std::string& out, std::string_view text, std::size_t max_bytes)
{
    base::append_log_escaped(out, text.substr(0, max_bytes));
    if (text.size() > max_bytes) out += "...";
}

void append_client(std::string& out, client_address const& client)
{
    if (client.host.empty()) {
        out += "unix";
        return;
    }
    base::append_log_escaped(out, client.host);
    out += ':';
    append_number(out, client.port);
}

void append_status(std::string& out, int status)
{
    append_number(out, status);
    if (auto const phrase = wire::reason_phrase(status); phrase != "Unknown") {
        out += ' ';
        out += phrase;
    }
}

} // namespace

log_writer::log_writer(settings const& options)
    : sink_{options.log ? options.log : console_log()},
      level_{options.level},
      access_{options.access_log}
{}

void log_writer::write(log_level level, std::string_view message) noexcept
{
    if (!enabled(level)) return;
    try {
        std::string printable;
        if (!base::is_plain_log_text(message)) {
            base::append_log_printable(printable, message);
            message = printable;
        }
        log_record record;
        record.level = level;
        record.message = message;
        sink_->write(record);
    } catch (std::bad_alloc const&) { // rather no record than no server
    }
}

void log_writer::access(client_address const& client, std::string_view method, std::string_view target,
                        std::string_view http_version, int status) noexcept
{
    if (!access_enabled()) return;
    // Keeps its memory from line to line; the cuts bound it.
    static thread_local std::string line;
    try {
        line.clear();
        append_client(line, client);
        line += " - \"";
        append_cut(line, method, max_method_bytes);
        line += ' ';
        append_cut(line, target, max_target_bytes);
        line += " HTTP/";
        line += http_version;
        line += "\" ";
        append_status(line, status);
        write_access(line);
    } catch (std::bad_alloc const&) { // rather no record than no server
    }
}

void log_writer::refused(client_address const& client, std::string_view line, int status,
                         std::string_view why) noexcept
{
    if (!access_enabled()) return;
    try {
        std::string made;
        append_client(made, client);
        made += " - \"";
        append_cut(made, line, max_refused_bytes);
        made += "\" ";
        append_status(made, status);
        made.append(" (").append(why).append(")");
        write_access(made);
    } catch (std::bad_alloc const&) { // rather no record than no server
    }
}

void log_writer::write_access(std::string_view line)
{
    log_record record;
    record.from = log_record::source::access;
    record.message = line;
    sink_->write(record);
}

void log_failure(log_writer& log, std::exception_ptr const& thrown) noexcept
{
    constexpr std::string_view what = "An exception reached the event loop";
    try {
        log.write(log_level::error, std::string{what}.append(": ").append(base::what_of(thrown)));
    } catch (...) { // no memory
        log.write(log_level::error, what);
    }
}

} // namespace serval::server_impl
