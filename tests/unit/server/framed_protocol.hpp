// A protocol that is not HTTP/1.1: frames of many requests at a time, for the test of what carries exchanges.
#pragma once

#include "server/carrier.hpp"
#include "server/connection.hpp"
#include "server/exchange.hpp"
#include "server/gauge_hold.hpp"
#include "server/protocol.hpp"
#include "server/wake_up.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace serval::server_impl {

/// stream (1 byte), kind (1), length (2, big endian), bytes. Of a request: H "POST /path", B a piece of its
/// body, E its end. Of an answer: A "200 text/plain", B, E; R: it was broken off.
inline std::string frame(char stream, char kind, std::string_view bytes = {})
{
    std::string made{stream, kind, static_cast<char>(bytes.size() >> 8), static_cast<char>(bytes.size())};
    return made += bytes;
}

class framed_protocol;

/// One exchange of many, with a coroutine of its own.
class framed_stream final : private carrier, public std::enable_shared_from_this<framed_stream> {
public:
    framed_stream(framed_protocol& of, char name, std::string_view head);

    void begin();
    void take_body(std::string_view bytes);
    void end_body();
    void lose_peer();
    void on_sent() noexcept { sendable_.notify(); }
    exchange& made() noexcept { return exchange_; }

private:
    task<void> run();

    bool body_ended() const noexcept override { return body_ended_ && arrived_.empty() && piece_.empty(); }
    std::uint64_t body_remaining() const noexcept override { return 0; }
    wire::body_decoder::step next_piece() override;
    void ask_for_body(bool) override {}
    task<io_result> receive() override;
    void received(std::size_t) noexcept override {}
    void send(response& answer, bool hurried) override;
    void begin(response const& answer, std::optional<std::uint64_t> length) override;
    std::size_t room() const noexcept override;
    void append(std::string_view bytes) override;
    void finish() override;
    bool can_take_back() const noexcept override { return false; }
    void take_back() override {}
    void break_off(bool linger, bool hurried) override;
    std::size_t gathered() const noexcept override;
    bool flush_now() override;
    task<void> flush() override;
    void post_flush() override {}
    bool sends_files() const noexcept override { return false; }
    io_result try_send_file(int, std::uint64_t, std::size_t) noexcept override
    {
        return {boost::asio::error::operation_not_supported, 0};
    }
    task<void> wait_to_write() override { return flush(); }
    bool writing() const noexcept override { return sendable_.waiting(); }
    bool lost() const noexcept override;
    void lose() noexcept override { lost_ = true; }
    void close_behind(bool) noexcept override {}
    bool peer_has_left() noexcept override;
    bool has_unread() noexcept override;
    bool switch_to(std::string_view, response const&) override { return false; }
    std::string_view take_rest() override { return {}; }
    void interrupt() override { cancel_.emit(boost::asio::cancellation_type::terminal); }
    std::unique_ptr<workspace> give_workspace() override;
    void answered(gauge_hold in_flight) noexcept override { in_flight_ = std::move(in_flight); }
    client_address const& peer() const noexcept override;
    std::string_view version() const noexcept override { return "F"; }

    framed_protocol& of_;
    char const name_;
    std::unique_ptr<workspace> work_;
    std::string arrived_;
    std::string piece_; // that was handed out
    wake_up body_arrives_;
    wake_up sendable_;
    boost::asio::cancellation_signal cancel_;
    gauge_hold in_flight_;
    exchange exchange_;
    bool body_ended_ = false;
    bool lost_ = false;
};

class framed_protocol final : public protocol {
public:
    explicit framed_protocol(connection& of) : of_{of}, empty_{of.stream().executor()} {}
    static std::unique_ptr<protocol> make(connection& of) { return std::make_unique<framed_protocol>(of); }

    task<void> run() override
    {
        co_await boost::asio::this_coro::throw_if_cancelled(false);
        while (!lost_ && !(draining_ && streams_.empty())) {
            auto const [ec, n] = co_await of_.stream().read_some(boost::asio::buffer(buffer_));
            if (ec) break;
            input_.append(buffer_.data(), n);
            while (take_frame()) {
            }
        }
        if (!draining_) lost_ = true; // the peer has left
        for (auto const& [name, one] : std::map{streams_})
            if (lost_) one->lose_peer();
        while (!streams_.empty())
            static_cast<void>(co_await empty_.wait());
        flush_now();
        of_.stream().close();
    }
    void end() noexcept override
    {
        lost_ = true;
        for (auto const& [name, one] : streams_)
            one->made().abandon();
    }
    void sweep() override
    {
        for (auto const& [name, one] : std::map{streams_})
            one->made().sweep();
    }
    void drain(std::chrono::milliseconds) override
    {
        for (auto const& [name, one] : std::map{streams_})
            one->made().drain();
        draining_ = true;
        close_if_empty();
    }
    void cancel() override
    {
        draining_ = true;
        for (auto const& [name, one] : std::map{streams_})
            one->made().cancel();
        close_if_empty();
    }
    void close() noexcept override
    {
        lost_ = true;
        of_.stream().close();
    }
    bool make_room() override { return false; }
    ticks handler_limit() const noexcept override { return 0; }

    connection& on() noexcept { return of_; }
    std::string& output() noexcept { return output_; }
    bool lost() const noexcept { return lost_; }

    bool flush_now()
    {
        while (!output_.empty()) {
            std::array<boost::asio::const_buffer, 1> const all{boost::asio::buffer(output_)};
            auto const [ec, n] = of_.stream().try_write(all);
            if (ec == boost::asio::error::would_block) {
                write_later();
                return false;
            }
            if (ec) {
                lost_ = true;
                output_.clear();
                break;
            }
            output_.erase(0, n);
        }
        return true;
    }
    void remove(char name)
    {
        streams_.erase(name);
        if (streams_.empty()) empty_.notify();
        close_if_empty();
    }

private:
    bool take_frame()
    {
        if (input_.size() < 4) return false;
        auto const byte = [this](std::size_t i) { return static_cast<unsigned char>(input_[i]); };
        std::size_t const size = std::size_t{byte(2)} * 256 + byte(3);
        if (input_.size() < 4 + size) return false;
        char const name = input_[0];
        char const kind = input_[1];
        std::string const bytes = input_.substr(4, size);
        input_.erase(0, 4 + size);
        if (kind == 'H') {
            auto const made = std::make_shared<framed_stream>(*this, name, bytes);
            streams_[name] = made;
            made->begin();
        } else if (auto const found = streams_.find(name); found != streams_.end()) {
            auto const one = found->second;
            kind == 'B' ? one->take_body(bytes) : one->end_body();
        }
        return true;
    }
    void write_later()
    {
        if (std::exchange(waits_, true)) return;
        boost::asio::co_spawn(
            of_.stream().executor(),
            [](framed_protocol& p) -> task<void> {
                auto const ec = co_await p.of_.stream().wait_writable();
                p.waits_ = false;
                if (ec) p.lost_ = true;
                p.flush_now();
                for (auto const& [name, one] : p.streams_)
                    one->on_sent();
            }(*this),
            [kept = of_.shared_from_this()](std::exception_ptr const&) {});
    }
    void close_if_empty()
    {
        if (!draining_ || !streams_.empty()) return;
        flush_now();
        of_.interrupt();
    }

    connection& of_;
    wake_up empty_;
    std::array<char, 4096> buffer_;
    std::string input_;
    std::string output_;
    std::map<char, std::shared_ptr<framed_stream>> streams_;
    bool waits_ = false;
    bool draining_ = false;
    bool lost_ = false;
};

inline framed_stream::framed_stream(framed_protocol& of, char name, std::string_view head)
    : of_{of},
      name_{name},
      work_{of.on().on().workspaces().take()},
      body_arrives_{of.on().stream().executor()},
      sendable_{of.on().stream().executor()},
      exchange_{of.on().on(), *this}
{
    work_->buffers.input.append(head);
    auto const text = work_->buffers.input.bytes();
    auto& parsed = work_->context.state.head;
    parsed = {};
    parsed.method_name = text.substr(0, text.find(' '));
    parsed.method = parsed.method_name == "POST" ? method::post : method::get;
    parsed.target = parsed.path = text.substr(text.find(' ') + 1);
    parsed.field_storage[parsed.field_count++] = {"content-type", "application/json"};
    if (auto const at = parsed.target.find('?'); at != std::string_view::npos) {
        parsed.path = parsed.target.substr(0, at);
        parsed.query = parsed.target.substr(at + 1);
    }
}

inline void framed_stream::begin()
{
    exchange_.begin(work_->context, nullptr);
    boost::asio::co_spawn(of_.on().stream().executor(), run(),
                          boost::asio::bind_cancellation_slot(
                              cancel_.slot(), [self = shared_from_this(), kept = of_.on().shared_from_this()](
                                                  std::exception_ptr const&) {}));
}

inline task<void> framed_stream::run()
{
    co_await exchange_.run();
    while (!of_.flush_now() && !of_.lost())
        static_cast<void>(co_await sendable_.wait());
    in_flight_.release();
    if (exchange_.has_tasks()) exchange_.launch_tasks();
    if (work_) of_.on().on().workspaces().give_back(std::move(work_));
    of_.remove(name_);
}

inline void framed_stream::take_body(std::string_view bytes)
{
    arrived_ += bytes;
    body_arrives_.notify();
}

inline void framed_stream::end_body()
{
    body_ended_ = true;
    body_arrives_.notify();
}

inline void framed_stream::lose_peer()
{
    lost_ = true;
    auto const self = shared_from_this();
    sendable_.notify();
    exchange_.lose_peer();
}

inline wire::body_decoder::step framed_stream::next_piece()
{
    piece_ = std::exchange(arrived_, {});
    return {.consumed = piece_.size(), .data = piece_};
}

inline task<io_result> framed_stream::receive()
{
    piece_.clear();
    boost::system::error_code ec;
    if (arrived_.empty() && !body_ended_ && !lost()) ec = co_await body_arrives_.wait();
    if (!ec && lost()) ec = boost::asio::error::connection_reset;
    co_return io_result{ec, 0};
}

inline void framed_stream::send(response& answer, bool)
{
    begin(answer, answer.body().size());
    std::string_view body = answer.body();
    for (; !body.empty(); body.remove_prefix(std::min<std::size_t>(body.size(), 60'000)))
        append(body.substr(0, 60'000));
    finish();
}

inline void framed_stream::begin(response const& answer, std::optional<std::uint64_t>)
{
    of_.output() +=
        frame(name_, 'A', std::to_string(answer.status()) + ' ' + std::string(answer.content_type()));
}

inline std::size_t framed_stream::room() const noexcept
{
    return 60'000 - std::min<std::size_t>(60'000, of_.output().size());
}

inline void framed_stream::append(std::string_view bytes)
{
    of_.output() += frame(name_, 'B', bytes);
}

inline void framed_stream::finish()
{
    of_.output() += frame(name_, 'E');
}

inline void framed_stream::break_off(bool, bool)
{
    of_.output() += frame(name_, 'R');
}

inline std::size_t framed_stream::gathered() const noexcept
{
    return of_.output().size();
}

inline bool framed_stream::flush_now()
{
    return of_.flush_now();
}

inline task<void> framed_stream::flush()
{
    while (!of_.flush_now() && !lost()) {
        auto const ec = co_await sendable_.wait();
        if (ec) throw boost::system::system_error(ec);
    }
}

inline bool framed_stream::lost() const noexcept
{
    return lost_ || of_.lost();
}

inline bool framed_stream::peer_has_left() noexcept
{
    return of_.on().stream().peer_has_left();
}

inline bool framed_stream::has_unread() noexcept
{
    return of_.on().stream().has_unread();
}

inline std::unique_ptr<workspace> framed_stream::give_workspace()
{
    return std::move(work_);
}

inline client_address const& framed_stream::peer() const noexcept
{
    return of_.on().stream().peer();
}

} // namespace serval::server_impl
