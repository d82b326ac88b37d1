// Levels and the console sink.
#include "base/console_log.hpp"

#include <serval/log.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <poll.h>
#include <span>
#include <sys/uio.h>
#include <unistd.h>

namespace serval {

namespace {

constexpr std::array<std::string_view, 5> level_names = {"debug", "info", "warning", "error", "off"};

// uvicorn's level prefix: the level and a colon in ten columns.
std::string_view prefix_of(log_level level) noexcept
{
    constexpr std::array<std::string_view, 5> prefixes = {
        "DEBUG:    ", "INFO:     ", "WARNING:  ", "ERROR:    ", "          "};
    return prefixes[std::min<std::size_t>(static_cast<std::size_t>(level), prefixes.size() - 1)];
}

iovec to_iovec(std::string_view text) noexcept
{
    return {const_cast<char*>(text.data()), text.size()}; // writev does not change it
}

// True when another attempt is worth while. A descriptor in non-blocking mode (a terminal shared with another
// program) gets a moment; the loop cannot wait longer for a reader that has stopped.
bool may_retry(int fd) noexcept
{
    if (errno == EINTR) return true;
    if (errno != EAGAIN) return false;
    pollfd ready{fd, POLLOUT, 0};
    return poll(&ready, 1, 100) == 1;
}

void write_all(int fd, std::span<iovec> parts) noexcept
{
    while (!parts.empty()) {
        ssize_t const n = writev(fd, parts.data(), static_cast<int>(parts.size()));
        if (n < 0) {
            if (may_retry(fd)) continue;
            return;
        }
        auto written = static_cast<std::size_t>(n);
        while (!parts.empty() && written >= parts.front().iov_len) {
            written -= parts.front().iov_len;
            parts = parts.subspan(1);
        }
        if (parts.empty()) return;
        parts.front().iov_base = static_cast<char*>(parts.front().iov_base) + written;
        parts.front().iov_len -= written;
    }
}

class console final : public log_sink {
public:
    console(int access_fd, int server_fd) noexcept : access_fd_{access_fd}, server_fd_{server_fd} {}
    ~console() override { flush(); }

    void write(log_record const& record) noexcept override;
    void flush() noexcept override;

private:
    void write_gathered() noexcept;

    int const access_fd_;
    int const server_fd_;
    std::mutex mutex_;
    std::size_t gathered_bytes_ = 0;
    std::array<char, 16 * 1024> gathered_;
};

void console::write(log_record const& record) noexcept
{
    std::array<std::string_view, 3> const line = {prefix_of(record.level), record.message, "\n"};
    std::size_t const bytes = line[0].size() + line[1].size() + line[2].size();
    std::lock_guard const lock{mutex_};
    bool const gather = record.from == log_record::source::access && bytes <= gathered_.size();
    // Before a record that is written at once, so that lines on one terminal keep their order.
    if (!gather || bytes > gathered_.size() - gathered_bytes_) write_gathered();
    if (gather) {
        for (auto const part : line) {
            std::memcpy(gathered_.data() + gathered_bytes_, part.data(), part.size());
            gathered_bytes_ += part.size();
        }
    } else {
        std::array<iovec, 3> parts = {to_iovec(line[0]), to_iovec(line[1]), to_iovec(line[2])};
        write_all(record.from == log_record::source::access ? access_fd_ : server_fd_, parts);
    }
}

void console::flush() noexcept
{
    std::lock_guard const lock{mutex_};
    write_gathered();
}

void console::write_gathered() noexcept
{
    if (gathered_bytes_ == 0) return;
    std::array<iovec, 1> parts = {to_iovec({gathered_.data(), gathered_bytes_})};
    gathered_bytes_ = 0;
    write_all(access_fd_, parts);
}

} // namespace

std::optional<log_level> parse_log_level(std::string_view name) noexcept
{
    auto const found = std::ranges::find(level_names, name);
    if (found == level_names.end()) return std::nullopt;
    return static_cast<log_level>(found - level_names.begin());
}

std::string_view to_string(log_level level) noexcept
{
    auto const index = static_cast<std::size_t>(level);
    return index < level_names.size() ? level_names[index] : std::string_view{};
}

std::shared_ptr<log_sink> console_log()
{
    return base::make_console_log(STDOUT_FILENO, STDERR_FILENO);
}

std::shared_ptr<log_sink> base::make_console_log(int access_fd, int server_fd)
{
    return std::make_shared<console>(access_fd, server_fd);
}

} // namespace serval
