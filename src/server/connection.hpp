// One client connection: its requests, one after the other, until it ends.
#pragma once

#include "http/body_source.hpp"
#include "server/loop.hpp"
#include "server/transport.hpp"
#include "server/workspace.hpp"
#include "wire/body_decoder.hpp"
#include "wire/head_parser.hpp"

#include <boost/asio/cancellation_signal.hpp>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string_view>

namespace serval::server_impl {

class hold_watch;
class task_batch;

/// Serves HTTP/1.1 on a transport. One coroutine, `run`, does all waiting; what it does next is decided by
/// ordinary functions.
///
/// Nothing runs concurrently with anything here: all members are called on the loop's thread, and the sweep
/// only when the coroutine waits. Time-outs, disconnects and drains reach it through one cancellation signal.
class connection final : public http::body_source, public std::enable_shared_from_this<connection> {
public:
    connection(std::shared_ptr<loop> owner, std::unique_ptr<transport> stream);
    ~connection();

    /// Serves until the connection ends. Spawn once, with `cancellation()` bound.
    task<void> run();
    boost::asio::cancellation_slot cancellation() noexcept { return cancel_.slot(); }
    boost::asio::any_io_executor executor() { return stream_->executor(); }

    /// Compares deadlines with the loop's time; called by its tick.
    void sweep();
    /// Lets the current request end and closes then; an idle connection is closed after `idle_grace`, and a
    /// stream that has no end of its own ends now.
    void drain(std::chrono::milliseconds idle_grace);
    /// Cancels the current request, if any, and closes.
    void cancel();
    /// Closes the socket under whatever still waits on it.
    void close() noexcept;
    /// Closes for another's sake. False when it is not idle, or a request has come that was not read yet.
    bool make_room();

    /// Has a watch learn what it works for. Before `run`.
    void be_watched(std::shared_ptr<hold_watch> watch) noexcept { watch_ = std::move(watch); }
    /// When the current request's handler has used up its time; 0: it has no limit, or there is none.
    loop::ticks handler_limit() const noexcept
    {
        bool const counts = at_work_ && reason_ == reason::none && !body_waits_; // else it is the client's
        return counts ? deadline_ : 0;
    }

    std::size_t index = 0;   ///< in the loop's list
    idle_place place{*this}; ///< in the loop's list of those that are idle and hold no buffers

    // http::body_source
    bool read_arrived(std::size_t max_bytes) override;
    task<void> read_all(std::size_t max_bytes) override;
    std::optional<std::string_view> next_piece(std::size_t max_bytes) override;
    task<void> receive() override;

private:
    /// What a peer has moved since a window of time began.
    struct rate {
        loop::ticks since = 0;
        std::uint64_t moved = 0;
        std::uint64_t unsent_before = 0; ///< bytes in the kernel's queue when it began
    };

    class body_phase;
    class stream_sink;
    class writing_phase;
    class registration;

    enum class phase : unsigned char {
        idle,
        head,
        handling,
        body,
        writing,
        ending, ///< the request's values end on the pool
        tasks,
        discarding,
        lingering
    };
    enum class action : unsigned char {
        wait,
        read,
        yield, ///< the others have their turn first
        answer,
        end_values,
        write,
        tasks,
        discard,
        linger,
        end
    };
    /// How much of the answer a stream has written.
    enum class streamed : unsigned char { nothing, part, all };
    /// Why serval has cancelled what the connection waits for. `none`: it has not; then a wait that ends with
    /// operation_aborted was cancelled by the handler itself, and concerns nobody else.
    enum class reason : unsigned char {
        none,
        release_buffers,
        expired,
        peer_left,
        handler_timeout,
        slow_body,
        drained, ///< a stream without an end of its own
        shut_down
    };

    // connection.cpp
    action next_action();
    action parse_head();
    void end_stream() noexcept;
    task<void> start_handler();
    void begin_handler_time();
    bool decide_to_keep(bool hurried);
    void finish_work(std::exception_ptr thrown);
    void log_failure(std::string_view what, std::string_view why);
    void end_exchange();
    task<void> end_values();
    void finish_exchange();
    void on_read(io_result const& result);
    void on_idle_end(boost::system::error_code ec);
    void cancel_for(reason why);
    void expire(reason why);
    void cut_off() noexcept;
    std::stop_source begin_stop() noexcept;
    void lose_peer(bool reset) noexcept;
    bool has_unsent() const noexcept;
    void sweep_work();
    void flush_in_sweep();
    void show_work() noexcept;
    void post_flush();
    void become_idle();

    // connection_body.cpp
    bool take_body(std::size_t max_bytes);
    [[noreturn]] void refuse_body(wire::error why);
    void ask_for_body();
    task<void> discard_body();
    task<void> linger();
    bool can_discard() const noexcept;
    std::string_view unread() const noexcept;
    void consume_unread(std::size_t n) noexcept;
    std::span<char> room_for_body();
    void return_leftovers();
    bool rate_is_due(rate const& of) const noexcept;
    bool too_slow(rate& of, std::uint64_t unsent = 0) const noexcept;
    bool reads_too_slowly() noexcept;

    // connection_output.cpp
    /// Whether and how a head states the body's length.
    enum class framing : unsigned char { none, length, chunked };
    void write_head(response const& answer, bool keep, framing body, std::uint64_t length = 0);
    bool write_head_of_text(response const& answer, bool keep);
    void write_answer(bool keep);
    void log_access();
    void log_disk_trouble();
    bool flush_now();
    task<void> flush();
    task<void> wait_to_write();
    void on_write_wait(boost::system::error_code ec);
    void answers_left() noexcept;

    // connection_refusal.cpp
    void refuse(wire::error why);
    void answer_for_server(int status, std::string_view why);
    void answer_shut_down();
    void answer_failure(std::exception_ptr const& thrown);

    // connection_stream.cpp
    task<void> send_stream();
    task<void> produce_stream(stream_sink& sink, detail::body_producer& producer);
    void take_back_stream();
    void log_stream();
    void break_off_stream(std::exception_ptr const& thrown);
    void send_ping();
    void end_endless_stream();

    // connection_tasks.cpp
    /// The exchange is over, but not all that was written is sent: its tasks are kept for `launch_tasks`.
    void take_tasks();
    /// Leaves the exchange, whose dependencies the tasks may use, to the tasks, and goes on with another one.
    void leave_workspace_to_tasks();
    /// All output is with the kernel, or lost: the tasks start.
    void launch_tasks();
    task<void> wait_for_tasks();

    serval::settings const& settings() const noexcept { return loop_.settings(); }
    detail::request_context& exchange() noexcept { return work_->exchange; }

    std::shared_ptr<loop> const owner_;
    loop& loop_; // the same
    std::unique_ptr<transport> stream_;
    std::unique_ptr<workspace> work_; // null while idle
    wire::head_limits head_limits_;
    wire::head_parser parser_;
    wire::body_decoder decoder_;
    boost::asio::cancellation_signal cancel_;

    loop::ticks deadline_ = 0;        // of the phase; 0: none
    loop::ticks since_ = 0;           // when the phase began
    std::size_t taken_ = 0;           // bytes at the front of the input that belong to the current request
    std::size_t sent_ = 0;            // bytes of what is to be written that are
    std::string large_body_;          // written behind `output` without being copied into it
    std::int64_t unsent_answers_ = 0; // requests in flight whose handlers are done
    phase phase_ = phase::idle;
    reason reason_ = reason::none;
    bool at_work_ = false;     // a request is with its handler, or its stream
    bool ending_ = false;      // its values must end on the pool
    bool close_after_ = false; // no further request is read
    bool linger_ = false;      // and what the client still sends is read for a while before closing
    bool body_failed_ = false; // it was cut short or is malformed: the client's fault
    bool ended_ = false;
    bool fresh_input_ = false; // no request has been taken from it since bytes were read
    bool reset_cancellation_ = false;
    bool continue_sent_ = false;
    bool in_body_buffer_ = false; // body bytes come from work_->body_in from now on
    std::size_t body_begin_ = 0;  // of what is unread there
    std::size_t body_end_ = 0;
    std::uint64_t body_bytes_ = 0; // of the body that have been handed out
    loop::ticks body_waited_ = 0;  // how long, of the window in which the client's rate is judged
    rate body_rate_;               // of what comes while a handler waits for it
    rate write_rate_;              // of what goes while somebody waits for that
    bool body_waits_ = false;      // a handler may wait for both at once
    int write_waits_ = 0;
    bool flush_posted_ = false;
    bool streaming_ = false; // the handler has given a stream, which is to be sent
    streamed streamed_ = streamed::nothing;
    bool stream_logged_ = false;   // it is in the access log
    bool close_delimited_ = false; // the stream's body ends with the connection
    static constexpr std::size_t nowhere = static_cast<std::size_t>(-1);
    std::size_t stream_begin_ = nowhere; // of the stream in `output`, until any of it is sent
    stream_sink* sink_ = nullptr;        // while a stream is being sent
    bool wait_for_tasks_ = false;        // before the next request is read
    std::shared_ptr<task_batch> tasks_;  // of the last request, until they start
    std::shared_ptr<hold_watch> watch_;  // null: nobody wants to know
};

} // namespace serval::server_impl
