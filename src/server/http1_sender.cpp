#include "server/http1_sender.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include <array>
#include <span>

namespace serval::server_impl {

namespace asio = boost::asio;

/// Somebody waits to write: the peer's rate is watched.
class http1_sender::wait_scope {
public:
    explicit wait_scope(http1_sender& of) : of_{of}
    {
        of_.pace_.begin(of_.loop_.now(), of_.stream_.unsent());
        ++of_.waits_;
        of_.exchange_.waits_anew();
    }
    ~wait_scope()
    {
        --of_.waits_;
        of_.exchange_.waits_anew();
    }
    wait_scope(wait_scope const&) = delete;
    wait_scope& operator=(wait_scope const&) = delete;

private:
    http1_sender& of_;
};

bool http1_sender::flush_now()
{
    while (!lost_ && out_.unsent()) {
        auto const bytes = out_.to_send();
        std::array<asio::const_buffer, 2> const pieces{asio::const_buffer(bytes[0].data(), bytes[0].size()),
                                                       asio::const_buffer(bytes[1].data(), bytes[1].size())};
        auto const [ec, written] =
            stream_.try_write(std::span(pieces.data(), bytes[1].empty() ? std::size_t{1} : pieces.size()));
        if (ec == asio::error::would_block) return false;
        if (ec) {
            lost_ = true;
            break;
        }
        out_.sent(written);
        pace_.moved(written);
    }
    out_.clear();
    in_flight_.release();
    return true;
}

task<void> http1_sender::flush()
{
    wait_scope const waits{*this};
    while (!lost_ && !flush_now()) {
        auto const ec = co_await stream_.wait_writable();
        on_wait(ec);
    }
}

task<void> http1_sender::wait()
{
    wait_scope const waits{*this};
    auto const ec = co_await stream_.wait_writable();
    on_wait(ec);
}

void http1_sender::on_wait(boost::system::error_code ec)
{
    if (!ec) return;
    // Cancelled, by the handler or for it: what is written stays, and whoever waits learns of it.
    if (exchange_.at_work() && !lost_ && ec == asio::error::operation_aborted)
        throw boost::system::system_error(ec);
    lost_ = true;
}

io_result http1_sender::try_send_file(int descriptor, std::uint64_t offset, std::size_t count) noexcept
{
    auto const result = stream_.try_send_file(descriptor, offset, count);
    pace_.moved(std::get<1>(result));
    return result;
}

void http1_sender::sweep()
{
    if (out_.gathered() == 0) return;
    loop_.turn().spend(turn_budget::writing);
    flush_now();
}

bool http1_sender::goes_too_slowly() noexcept
{
    auto const& limits = loop_.settings().limits;
    if (!pace_.is_due(loop_.now(), limits)) return false;
    loop_.turn().spend(turn_budget::question);
    return pace_.is_too_slow(loop_.now(), limits, stream_.unsent());
}

void http1_sender::answered(gauge_hold in_flight) noexcept
{
    in_flight_.join(std::move(in_flight));
    if (lost_) in_flight_.release();
}

} // namespace serval::server_impl
