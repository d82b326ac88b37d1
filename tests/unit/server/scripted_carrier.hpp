// An exchange without a protocol: a carrier that does what a test says, and the loop under it.
#pragma once

#include "app/freeze.hpp"
#include "http/body_producer.hpp"
#include "server/carrier.hpp"
#include "server/exchange.hpp"
#include "server/loop.hpp"
#include "server/memory_transport.hpp"
#include "server/wake_up.hpp"
#include "support/running_server.hpp"
#include "testing/manual_clock.hpp"

#include <serval/serval.hpp>
#include <serval/testing/test_client.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/system/system_error.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace serval::server_impl {

/// Writes down what the exchange asks of it: "<send 200>yes", "<begin 200 5>hello<end>", "<broken>".
class scripted_carrier final : public carrier {
public:
    explicit scripted_carrier(loop& on)
        : work{on.workspaces().take()},
          arrival_{on.context().get_executor()},
          room_made_{on.context().get_executor()}
    {}

    // The client.

    void give(std::string_view bytes)
    {
        arrived_ += bytes;
        arrival_.notify();
    }
    void end_body()
    {
        ended_ = true;
        arrival_.notify();
    }
    void cut_body()
    {
        cut_ = true;
        arrival_.notify();
    }
    void read_again()
    {
        blocked = false;
        room_made_.notify();
    }

    std::unique_ptr<workspace> work;
    std::string wire;     // what has left
    std::string closings; // "linger ", "close "
    std::uint64_t declared = 0;
    wire::error malformed = wire::error::none;
    std::size_t room_at_most = 64 * 1024;
    bool blocked = false; // the client does not read
    bool has_left = false;
    bool unread = false;
    bool is_lost = false;
    bool files = false;
    int asked = 0;
    int asked_late = 0;
    int receives = 0;
    int given_workspaces = 0;
    gauge_hold in_flight;
    boost::asio::cancellation_signal stop;

    // carrier

    bool body_ended() const noexcept override { return ended_ && arrived_.empty(); }
    std::uint64_t body_remaining() const noexcept override { return declared; }
    wire::body_decoder::step next_piece() override
    {
        if (malformed != wire::error::none) return {.consumed = 0, .data = {}, .failure = malformed};
        piece_ = std::exchange(arrived_, {});
        return {.consumed = piece_.size(), .data = piece_};
    }
    void ask_for_body(bool has_begun) override { ++(has_begun ? asked_late : asked); }
    task<io_result> receive() override
    {
        ++receives;
        piece_.clear();
        boost::system::error_code ec;
        auto const before = arrived_.size();
        if (before == 0 && !ended_ && !cut_ && !is_lost) ec = co_await arrival_.wait();
        if (!ec && cut_) ec = boost::asio::error::eof;
        co_return io_result{ec, arrived_.size() - before};
    }
    void received(std::size_t) noexcept override {}
    void send(response& answer, bool hurried) override
    {
        gathered_ += (hurried ? "<hurry " : "<send ") + std::to_string(answer.status()) + '>' + answer.body();
    }
    void begin(response const& answer, std::optional<std::uint64_t> length) override
    {
        begun_at_ = gathered_.size();
        gathered_ += "<begin " + std::to_string(answer.status()) +
                     (length ? ' ' + std::to_string(*length) : std::string{}) + '>';
        room_used_ = 0;
    }
    std::size_t room() const noexcept override { return room_at_most - room_used_; }
    void append(std::string_view bytes) override
    {
        EXPECT_LE(bytes.size(), room());
        room_used_ += bytes.size();
        gathered_ += bytes;
    }
    void finish() override { gathered_ += "<end>"; }
    bool can_take_back() const noexcept override { return begun_at_ != std::string::npos; }
    void take_back() override { gathered_.resize(std::exchange(begun_at_, std::string::npos)); }
    void break_off(bool linger, bool hurried) override
    {
        gathered_ += hurried ? "<broken, hurry>" : linger ? "<broken>" : "<broken, close>";
        flush_now();
    }
    std::size_t gathered() const noexcept override { return gathered_.size(); }
    bool flush_now() override
    {
        if (is_lost) gathered_.clear();
        if (gathered_.empty()) return true;
        if (blocked) return false;
        wire += std::exchange(gathered_, {});
        begun_at_ = std::string::npos;
        room_used_ = 0;
        return true;
    }
    task<void> flush() override
    {
        while (!flush_now())
            co_await wait_to_write();
    }
    void post_flush() override {}
    bool sends_files() const noexcept override { return files; }
    io_result try_send_file(int, std::uint64_t offset, std::size_t count) noexcept override
    {
        if (blocked) return {boost::asio::error::would_block, 0};
        auto const n = std::min<std::size_t>(count, 4);
        wire += "<file " + std::to_string(offset) + '+' + std::to_string(n) + '>';
        return {boost::system::error_code{}, n};
    }
    task<void> wait_to_write() override
    {
        waits_ = true;
        auto const ec = co_await room_made_.wait();
        waits_ = false;
        if (ec) throw boost::system::system_error(ec);
    }
    bool writing() const noexcept override { return waits_; }
    bool switch_to(std::string_view, response const&) override { return false; }
    std::string_view take_rest() override { return {}; }
    bool lost() const noexcept override { return is_lost; }
    void lose() noexcept override { is_lost = true; }
    void close_behind(bool linger) noexcept override { closings += linger ? "linger " : "close "; }
    bool peer_has_left() noexcept override { return has_left; }
    bool has_unread() noexcept override { return unread; }
    void interrupt() override { stop.emit(boost::asio::cancellation_type::terminal); }
    std::unique_ptr<workspace> give_workspace() override
    {
        ++given_workspaces;
        return std::exchange(work, std::make_unique<workspace>());
    }
    void answered(gauge_hold of) noexcept override { in_flight = std::move(of); }
    client_address const& peer() const noexcept override { return peer_; }
    std::string_view version() const noexcept override { return "S"; }

private:
    client_address const peer_{"a", 1};
    std::string arrived_;
    std::string piece_; // that was handed out
    std::string gathered_;
    std::size_t begun_at_ = std::string::npos;
    std::size_t room_used_ = 0;
    wake_up arrival_;
    wake_up room_made_;
    bool ended_ = false;
    bool cut_ = false;
    bool waits_ = false;
};

/// A stream that a function of the test makes.
class scripted_producer final : public detail::body_producer {
public:
    using maker = std::function<task<void>(http::body_sink&)>;

    explicit scripted_producer(maker make, std::optional<std::uint64_t> length = {})
        : make_{std::move(make)},
          length_{length}
    {}
    std::optional<std::uint64_t> length() const noexcept override { return length_; }
    task<void> produce(http::body_sink& out) override { return make_(out); }
    std::string_view ping() override { return ":\n"; }

private:
    maker make_;
    std::optional<std::uint64_t> length_;
};

/// One exchange after the other, on a loop whose clock is moved by hand.
class scripted_exchange : public testing::Test {
protected:
    scripted_exchange()
    {
        options_.log = log_;
        options_.limits.keep_alive_timeout = std::chrono::hours{24};
    }
    ~scripted_exchange() override
    {
        if (!on_) return;
        if (by_) by_->lose();
        if (exchange_) on_loop([this] { exchange_->cancel(); });
        on_loop([this] { on_->cancel_all(); });
        on_loop([this] { on_->stop_ticking(); });
    }

    /// Begins to serve a request on a new carrier. All of the app must be registered.
    void ask(method verb, std::string target, std::string_view body = {}, bool ends = true)
    {
        prepare();
        exchange_.reset();
        by_ = std::make_unique<scripted_carrier>(*on_);
        exchange_ = std::make_unique<exchange>(*on_, *by_);
        by_->give(body);
        if (ends) by_->end_body();
        target_ = std::move(target);
        on_loop([this, verb] { begin(verb); });
    }
    void on_loop(std::function<void()> const& call)
    {
        boost::asio::post(context_, call);
        run();
    }
    void run()
    {
        context_.restart();
        context_.poll();
    }
    /// The tick comes, and the carrier has the exchange look at its deadlines.
    void pass(std::chrono::milliseconds duration)
    {
        using namespace std::chrono_literals;
        for (auto left = duration; left > 0ms; left -= 50ms) {
            clock_.advance(50ms);
            on_loop([this] { exchange_->sweep(); });
        }
    }
    /// A GET handler of this path answers with what `make` produces.
    void stream(std::string_view path, scripted_producer::maker make,
                std::optional<std::uint64_t> length = {}, std::optional<std::uint64_t> stated = {})
    {
        app_.get(path, [make, length, stated]() -> task<response> {
            response made(200);
            made.producer(std::make_shared<scripted_producer>(make, length));
            if (stated) made.content_length(*stated);
            co_return made;
        });
    }
    std::string sent()
    {
        on_loop([this] { by_->flush_now(); });
        return by_->wire;
    }

    std::shared_ptr<test::recording_log> log_ = std::make_shared<test::recording_log>();
    settings options_;
    app app_;
    bool expects_continue_ = false;
    bool runs_ = true; // the exchange, in a coroutine
    std::string target_;
    manual_clock clock_;
    boost::asio::io_context context_{1};
    std::shared_ptr<environment> shared_;
    std::shared_ptr<loop> on_;
    std::optional<memory_client> idle_; // for which the loop ticks
    std::unique_ptr<scripted_carrier> by_;
    std::unique_ptr<exchange> exchange_;

private:
    void prepare()
    {
        if (on_) return;
        shared_ = std::make_shared<environment>(options_, app_impl::freeze(app_, options_));
        on_ = std::make_shared<loop>(context_, shared_, &clock_.impl());
        on_->attach();
        auto made = make_memory_stream(context_.get_executor(), client_address{"b", 1});
        on_->serve(std::move(made.server));
        idle_.emplace(std::move(made.client));
        run();
    }
    void begin(method verb)
    {
        auto& head = by_->work->context.state.head;
        head = {};
        head.method = verb;
        head.method_name = verb == method::post ? "POST" : verb == method::head ? "HEAD" : "GET";
        head.target = head.path = target_;
        head.expects_continue = expects_continue_;
        exchange_->begin(by_->work->context, nullptr);
        if (!exchange_->active() || !runs_) return;
        boost::asio::co_spawn(
            context_, exchange_->run(),
            boost::asio::bind_cancellation_slot(
                by_->stop.slot(), [](std::exception_ptr thrown) { EXPECT_EQ(thrown, nullptr); }));
    }
};

} // namespace serval::server_impl
