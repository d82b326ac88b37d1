#include "client.hpp"

#include "judge.hpp"
#include "requests.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <utility>

namespace chaos {

namespace {

constexpr auto pause = std::chrono::milliseconds{1};
constexpr std::size_t read_max = 64 * 1024;

int connect_to(address const& where, int fd)
{
    if (!where.unix_path.empty()) {
        sockaddr_un to{};
        to.sun_family = AF_UNIX;
        std::memcpy(to.sun_path, where.unix_path.data(),
                    std::min(where.unix_path.size(), sizeof to.sun_path - 1));
        return ::connect(fd, reinterpret_cast<sockaddr const*>(&to), sizeof to);
    }
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(where.port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return ::connect(fd, reinterpret_cast<sockaddr const*>(&to), sizeof to);
}

} // namespace

client::client(client_plan const& plan, surroundings const& around)
    : plan_{plan},
      around_{around},
      results_(plan.requests.size())
{}

client::~client()
{
    abandon();
}

void client::abandon()
{
    close(false);
}

void client::open()
{
    int const family = around_.where.unix_path.empty() ? AF_INET : AF_UNIX;
    fd_ = ::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd_ < 0) {
        done_ = true;
        return;
    }
    if (plan_.receive_buffer != 0) {
        // The loopback's segments are larger than such a window: the kernel would send one in 200 ms.
        int const segment = 1000;
        ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &plan_.receive_buffer, sizeof plan_.receive_buffer);
        if (family == AF_INET) ::setsockopt(fd_, IPPROTO_TCP, TCP_MAXSEG, &segment, sizeof segment);
    }
    if (connect_to(around_.where, fd_) != 0 && errno != EINPROGRESS) {
        close(false); // it no longer listens, or (a Unix socket) too many wait
        return;
    }
    if (!plan_.garbage.empty()) out_ = plan_.garbage;
    queue_requests();
}

void client::close(bool reset)
{
    if (fd_ >= 0) {
        linger const at_once{1, 0};
        if (reset) ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        ::close(fd_);
        fd_ = -1;
    }
    done_ = true;
}

void client::queue_requests()
{
    if (!plan_.garbage.empty()) return;
    std::size_t const until =
        plan_.pipelined ? plan_.requests.size() : std::min(answered_ + 1, plan_.requests.size());
    if (queued_ == 0 && until != 0) reader_ = answer_reader{plan_.requests.front().head};
    for (; queued_ < until; ++queued_)
        out_ += request_bytes(plan_.requests[queued_]);
}

std::size_t client::sendable() const noexcept
{
    return std::min(out_.size(), plan_.send_bytes);
}

bool client::may_send(steady::time_point now) const
{
    return sent_ < sendable() && now >= next_send_;
}

bool client::may_read(steady::time_point now, bool final) const
{
    if (final) return true;
    if (plan_.read_from == never || now < around_.start + plan_.read_from) return false;
    return now >= next_read_;
}

short client::events(steady::time_point now, bool final) const
{
    int const wanted = (may_send(now) ? POLLOUT : 0) | (may_read(now, final) ? POLLIN : 0);
    return static_cast<short>(wanted);
}

void client::advance(steady::time_point now, bool final)
{
    if (done_) return;
    if (fd_ < 0) {
        if (final) {
            done_ = true;
        } else if (now >= around_.start + plan_.begin) {
            open();
        }
        return;
    }
    if (!final && plan_.leave_after != never && now >= around_.start + plan_.begin + plan_.leave_after) {
        left_ = true;
        close(plan_.resets);
        return;
    }
    if (may_send(now)) send_some(now);
    if (fd_ >= 0 && may_read(now, final)) read_some(now, final);
}

void client::send_some(steady::time_point now)
{
    std::size_t const n = std::min(sendable() - sent_, plan_.send_chunk);
    auto const sent = ::send(fd_, out_.data() + sent_, n, MSG_NOSIGNAL);
    if (sent < 0) {
        if (errno == ENOTCONN || errno == EAGAIN) return;
        // Nothing more goes out; what has come in is still to be read.
        out_.resize(sent_);
        if (errno == ECONNREFUSED) close(false);
        return;
    }
    sent_ += static_cast<std::size_t>(sent);
    if (plan_.send_chunk != all_bytes) next_send_ = now + pause;
    if (sent_ == sendable()) sent_all();
}

void client::sent_all()
{
    if (plan_.leaves_when_sent) {
        left_ = true;
        close(plan_.resets);
        return;
    }
    if (sent_ < out_.size()) return; // it stalls
    for (std::size_t i = 0; i != queued_; ++i)
        if (results_[i].outcome == outcome::not_sent) results_[i].outcome = outcome::no_answer;
    if (plan_.half_closes && !std::exchange(half_closed_, true)) ::shutdown(fd_, SHUT_WR);
}

void client::read_some(steady::time_point now, bool final)
{
    std::array<char, read_max> bytes;
    std::size_t const n = final ? bytes.size() : std::min(bytes.size(), plan_.read_chunk);
    auto const got = ::recv(fd_, bytes.data(), n, 0);
    if (got < 0) {
        if (errno == EAGAIN || errno == ENOTCONN) return;
        bool const reset = errno == ECONNRESET || errno == EPIPE;
        return on_end(reset);
    }
    if (got == 0) return on_end(false);
    received_ += static_cast<std::size_t>(got);
    in_.append(bytes.data(), static_cast<std::size_t>(got));
    if (plan_.read_chunk != all_bytes) next_read_ = now + pause;
    take_answers();
    if (fd_ < 0) return;
    bool const all = answered_ == plan_.requests.size() && plan_.garbage.empty();
    if (!final && (received_ >= plan_.read_bytes || (all && !plan_.stays_idle))) {
        left_ = true;
        close(plan_.resets && !all);
    }
}

void client::take_answers()
{
    if (!plan_.garbage.empty()) return judge_garbage(in_);
    while (answered_ < queued_ && !closing_) {
        auto const& request = plan_.requests[answered_];
        reader_.read(in_);
        auto& result = results_[answered_];
        result.status = reader_.status();
        if (!reader_.problem().empty()) {
            judge_framing(request, reader_, around_);
            return close(false);
        }
        if (!reader_.whole()) {
            if (reader_.begun()) result.outcome = outcome::broken; // until there is more
            return;
        }
        judge_whole(request, plan_, reader_, around_);
        result.outcome = outcome::whole;
        closing_ = reader_.closes();
        ++answered_;
        if (answered_ < plan_.requests.size()) reader_ = answer_reader{plan_.requests[answered_].head};
        if (!closing_) queue_requests();
    }
    if (!in_.empty() && answered_ != 0) {
        judge_surplus(plan_.requests[answered_ - 1], in_);
        close(false);
    }
}

void client::on_end(bool reset)
{
    if (answered_ < results_.size()) results_[answered_].reset = reset;
    if (plan_.garbage.empty() && answered_ < queued_ && reader_.begun() && !reader_.whole()) {
        auto const& request = plan_.requests[answered_];
        if (!reset) reader_.end();
        if (reader_.whole()) {
            results_[answered_].outcome = outcome::whole;
            judge_whole(request, plan_, reader_, around_);
        } else {
            judge_broken(request, plan_, reader_, around_);
        }
    }
    close(false);
}

} // namespace chaos
