// HTTP/1.1 over a connection: its waits, and which exchange is whose.
#pragma once

#include "server/carrier.hpp"
#include "server/connection.hpp"
#include "server/exchange.hpp"
#include "server/gauge_hold.hpp"
#include "server/http1_input.hpp"
#include "server/http1_output.hpp"
#include "server/http1_sender.hpp"
#include "server/protocol.hpp"
#include "server/watch.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

namespace serval::server_impl {

/// Serves one exchange after the other. One coroutine, `run`, does all waiting; what it does next is decided
/// by ordinary functions, and http1_input and http1_output know the bytes.
class http1_protocol final : public protocol, private carrier {
public:
    explicit http1_protocol(connection& of);
    ~http1_protocol() override;

    static std::unique_ptr<protocol> make(connection& of);

    task<void> run() override;
    void end() noexcept override;
    void sweep() override;
    void drain(std::chrono::milliseconds idle_grace) override;
    void cancel() override;
    void close() noexcept override;
    bool make_room() override;
    ticks handler_limit() const noexcept override { return exchange_.limit(); }

private:
    enum class phase : unsigned char { idle, head, exchange, tasks, discarding, lingering };
    enum class action : unsigned char {
        wait,
        read,
        next,  ///< is asked again
        yield, ///< the others have their turn first
        exchange,
        write,
        tasks,
        discard,
        linger,
        end
    };
    /// Why the wait for a request was ended.
    enum class waking : unsigned char { none, release_buffers, expired };

    action next_action();
    action begin_exchange();
    void end_exchange();
    void become_idle();
    void refuse(wire::error why);
    persistence decide_to_keep(bool hurried);
    bool can_discard() const noexcept;
    void on_read(io_result const& result);
    void on_idle_end(boost::system::error_code ec);
    task<void> wait_by_transport(action what);
    task<void> flush_answers();
    task<void> wait_for_tasks();
    task<void> discard_body();
    task<void> linger();
    void end_stream() noexcept;

    void wake(waking why);
    void expire();
    void cut_off() noexcept;
    void lose_peer(bool reset) noexcept;
    void sweep_exchange();

    // carrier
    bool body_ended() const noexcept override { return in_.body_ended(); }
    std::uint64_t body_remaining() const noexcept override { return in_.body_remaining(); }
    wire::body_decoder::step next_piece() override { return in_.next_piece(); }
    void ask_for_body(bool has_begun) override;
    task<io_result> receive() override;
    void received(std::size_t bytes) noexcept override { in_.received_of_body(bytes); }
    void send(response& answer, bool hurried) override;
    void begin(response const& answer, std::optional<std::uint64_t> length) override;
    std::size_t room() const noexcept override { return out_.room(); }
    void append(std::string_view bytes) override { out_.append(bytes); }
    void finish() override { out_.finish(); }
    bool can_take_back() const noexcept override { return out_.can_take_back(); }
    void take_back() override { out_.take_back(); }
    void break_off(bool linger, bool hurried) override;
    std::size_t gathered() const noexcept override { return out_.gathered(); }
    bool flush_now() override { return sender_.flush_now(); }
    task<void> flush() override { return sender_.flush(); }
    void post_flush() override;
    bool sends_files() const noexcept override { return true; }
    io_result try_send_file(int descriptor, std::uint64_t offset, std::size_t count) noexcept override
    {
        return sender_.try_send_file(descriptor, offset, count);
    }
    task<void> wait_to_write() override { return sender_.wait(); }
    bool writing() const noexcept override { return sender_.waiting(); }
    bool lost() const noexcept override { return sender_.lost(); }
    void lose() noexcept override { sender_.lose(); }
    void close_behind(bool linger) noexcept override;
    bool peer_has_left() noexcept override { return stream_.peer_has_left(); }
    bool has_unread() noexcept override { return stream_.has_unread(); }
    bool switch_to(std::string_view name, response const& answer) override;
    std::string_view take_rest() override { return in_.take_rest(); }
    void interrupt() override { connection_.interrupt(); }
    std::unique_ptr<workspace> give_workspace() override;
    void answered(gauge_hold in_flight) noexcept override { sender_.answered(std::move(in_flight)); }
    client_address const& peer() const noexcept override { return stream_.peer(); }
    std::string_view version() const noexcept override;

    serval::limits const& limits() const noexcept { return loop_.settings().limits; }
    wire::request_head const& head() const noexcept { return work_->context.state.head; }

    connection& connection_;
    loop& loop_;
    transport& stream_;
    stream_socket* const socket_;     // below it, or null
    std::unique_ptr<workspace> work_; // null while idle
    http1_input in_;
    http1_output out_;
    exchange exchange_;
    http1_sender sender_;
    watch watch_;                       // of what is waited for between exchanges
    std::shared_ptr<task_batch> tasks_; // of the last request, which the next one waits for
    phase phase_ = phase::idle;
    waking waking_ = waking::none;
    bool close_after_ = false; // no further request is read
    bool linger_ = false;      // and what the client still sends is read for a while before closing
    bool fresh_ = false;       // no request has been taken from the input since bytes were read
    bool asked_for_body_ = false;
    bool flush_posted_ = false;
};

} // namespace serval::server_impl
