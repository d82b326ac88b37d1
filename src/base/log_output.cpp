#include "base/log_output.hpp"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

namespace serval::base {

namespace {

// The beginning of a text that a pipe takes in one piece: as many lines as fit.
std::string_view atomic_part(std::string_view text) noexcept
{
    if (text.size() <= PIPE_BUF) return text;
    auto const end = text.rfind('\n', PIPE_BUF - 1);
    return text.substr(0, end == text.npos ? PIPE_BUF : end + 1);
}

} // namespace

log_output::log_output(int descriptor) noexcept : descriptor_{descriptor}
{
    struct stat found{};
    // poll() waits for an invalid descriptor; write() tells.
    if (::fstat(descriptor, &found) != 0 || S_ISREG(found.st_mode)) kind_ = kind::file;
    if (S_ISSOCK(found.st_mode)) kind_ = kind::socket;
}

log_output::outcome log_output::write(std::string_view text,
                                      std::chrono::milliseconds patience) const noexcept
{
    auto const until = std::chrono::steady_clock::now() + patience;
    std::size_t taken = 0;
    while (taken != text.size()) {
        if (kind_ == kind::other && !has_room(until)) return {taken, true};
        auto const n = write_some(text.substr(taken));
        if (n >= 0) {
            taken += static_cast<std::size_t>(n);
            continue;
        }
        if (errno == EINTR) continue;
        if (errno != EAGAIN && errno != EWOULDBLOCK) break;
        if (!has_room(until)) return {taken, true};
    }
    return {text.size(), false};
}

bool log_output::has_room(std::chrono::steady_clock::time_point until) const noexcept
{
    using std::chrono::milliseconds;
    auto const left = std::chrono::ceil<milliseconds>(until - std::chrono::steady_clock::now());
    pollfd ready{descriptor_, POLLOUT, 0};
    return ::poll(&ready, 1, static_cast<int>(std::max(left, milliseconds{0}).count())) !=
           0; // a fault, write() says
}

long log_output::write_some(std::string_view text) const noexcept
{
    switch (kind_) {
    case kind::file: break;
    case kind::socket: return ::send(descriptor_, text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    case kind::other: text = atomic_part(text); break;
    }
    return ::write(descriptor_, text.data(), text.size());
}

bool log_output::same_as(log_output const& other) const noexcept
{
    struct stat mine{};
    struct stat others{};
    return ::fstat(descriptor_, &mine) == 0 && ::fstat(other.descriptor_, &others) == 0 &&
           mine.st_dev == others.st_dev && mine.st_ino == others.st_ino;
}

} // namespace serval::base
