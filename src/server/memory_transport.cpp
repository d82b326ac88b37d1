#include "server/memory_transport.hpp"

#include "base/temp_file.hpp"
#include "server/wake_up.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <mutex>
#include <new>
#include <tuple>
#include <utility>

namespace serval::server_impl {

namespace error = boost::asio::error;

namespace {
class memory_transport;
}

struct memory_client::shared_state {
    shared_state(boost::asio::any_io_executor e, std::size_t w) : executor{std::move(e)}, window{w} {}

    boost::asio::any_io_executor const executor;

    mutable std::mutex mutex; // of all that follows
    std::condition_variable arrived;

    std::deque<std::string> to_server; // never holds an empty piece
    std::size_t front_read = 0;        // bytes of to_server.front() that were read
    bool client_ended = false;
    bool client_closed = false;
    bool client_reset = false;
    bool server_waits = false;

    std::string to_client;
    std::size_t window;
    bool server_ended = false;
    bool server_closed = false;
    bool server_reset = false;

    memory_transport* server = nullptr; // changes on the loop's thread only
    std::function<void()> on_arrival;   // called and changed on the loop's thread only
    bool arrival_posted = false;

    std::size_t unread() const
    {
        std::size_t n = 0;
        for (auto const& piece : to_server)
            n += piece.size();
        return n - front_read;
    }

    std::size_t room() const { return window > to_client.size() ? window - to_client.size() : 0; }
};

namespace {

using shared_state = memory_client::shared_state;

/// Runs the client's callback soon. The state's mutex is held.
void announce_arrival(std::shared_ptr<shared_state> const& state)
{
    state->arrived.notify_all();
    if (!state->on_arrival || state->arrival_posted) return;
    state->arrival_posted = true;
    boost::asio::post(state->executor, [state] {
        {
            std::lock_guard const lock(state->mutex);
            state->arrival_posted = false;
        }
        auto const callback = state->on_arrival; // it may replace itself
        if (callback) callback();
    });
}

/// The server's end.
class memory_transport final : public transport {
public:
    memory_transport(std::shared_ptr<shared_state> state, client_address peer)
        : state_{std::move(state)},
          peer_{std::move(peer)},
          readable_{state_->executor},
          writable_{state_->executor}
    {}

    ~memory_transport() override
    {
        close();
        std::lock_guard const lock(state_->mutex);
        state_->server = nullptr;
    }

    boost::asio::any_io_executor executor() override { return state_->executor; }
    task<io_result> read_some(boost::asio::mutable_buffer into) override;
    task<boost::system::error_code> wait_readable() override;
    io_result try_write(std::span<boost::asio::const_buffer const> buffers) noexcept override;
    io_result try_send_file(int descriptor, std::uint64_t offset, std::size_t count) noexcept override;
    task<boost::system::error_code> wait_writable() override;

    bool has_unread() noexcept override
    {
        std::lock_guard const lock(state_->mutex);
        return !state_->to_server.empty();
    }

    bool peer_has_left() noexcept override
    {
        std::lock_guard const lock(state_->mutex);
        return state_->client_ended;
    }

    void shutdown_send() noexcept override
    {
        std::lock_guard const lock(state_->mutex);
        if (std::exchange(state_->server_ended, true)) return;
        announce_arrival(state_);
    }

    void close() noexcept override
    {
        {
            std::lock_guard const lock(state_->mutex);
            if (std::exchange(state_->server_closed, true)) return;
            state_->server_ended = true;
            announce_arrival(state_);
        }
        readable_.notify();
        writable_.notify();
    }

    void reset() noexcept override
    {
        {
            std::lock_guard const lock(state_->mutex);
            if (!state_->server_closed) state_->server_reset = true;
        }
        close();
    }

    client_address const& peer() const noexcept override { return peer_; }

    /// After the client's side has changed.
    void look_again() noexcept
    {
        if (read_is_ready()) readable_.notify();
        if (write_is_ready()) writable_.notify();
    }

private:
    bool read_is_ready() const
    {
        std::lock_guard const lock(state_->mutex);
        return !state_->to_server.empty() || state_->client_ended || state_->server_closed;
    }

    bool write_is_ready() const
    {
        std::lock_guard const lock(state_->mutex);
        return state_->to_client.size() < state_->window || state_->client_closed || state_->server_closed;
    }

    void set_server_waits(bool waits)
    {
        std::lock_guard const lock(state_->mutex);
        state_->server_waits = waits;
    }

    io_result read_now(boost::asio::mutable_buffer into);

    /// Why nothing can be written any more. The state's mutex is held.
    boost::system::error_code write_failure() const noexcept
    {
        if (state_->server_closed) return error::operation_aborted;
        if (state_->client_reset) return error::connection_reset;
        if (state_->client_closed || state_->server_ended) return error::broken_pipe;
        return {};
    }

    std::shared_ptr<shared_state> state_;
    client_address peer_;
    wake_up readable_;
    wake_up writable_;
};

/// Reads from the front piece only; would_block when there is nothing.
io_result memory_transport::read_now(boost::asio::mutable_buffer into)
{
    std::lock_guard const lock(state_->mutex);
    auto& s = *state_;
    if (s.server_closed) return {error::operation_aborted, 0};
    if (s.client_reset) return {error::connection_reset, 0};
    if (s.to_server.empty()) {
        if (s.client_ended) return {error::eof, 0};
        return {error::would_block, 0};
    }
    auto const& piece = s.to_server.front();
    auto const n = std::min(into.size(), piece.size() - s.front_read);
    std::memcpy(into.data(), piece.data() + s.front_read, n);
    s.front_read += n;
    if (s.front_read == piece.size()) {
        s.to_server.pop_front();
        s.front_read = 0;
    }
    return {boost::system::error_code{}, n};
}

task<io_result> memory_transport::read_some(boost::asio::mutable_buffer into)
{
    if (into.size() == 0) co_return io_result();
    for (;;) {
        auto const result = read_now(into);
        if (std::get<0>(result) != error::would_block) co_return result;
        auto const ec = co_await wait_readable();
        if (ec) co_return io_result(ec, 0);
    }
}

task<boost::system::error_code> memory_transport::wait_readable()
{
    /// Tells the client, until the wait ends in whatever way.
    struct waiting_scope {
        explicit waiting_scope(memory_transport& t) : transport{t} { transport.set_server_waits(true); }
        ~waiting_scope() { transport.set_server_waits(false); }
        waiting_scope(waiting_scope const&) = delete;
        waiting_scope& operator=(waiting_scope const&) = delete;
        memory_transport& transport;
    };

    if (!read_is_ready()) {
        waiting_scope const scope(*this);
        auto const ec = co_await readable_.wait();
        if (ec) co_return ec;
    }
    std::lock_guard const lock(state_->mutex);
    if (state_->server_closed) co_return error::operation_aborted;
    co_return boost::system::error_code{};
}

io_result memory_transport::try_write(std::span<boost::asio::const_buffer const> buffers) noexcept
try {
    std::lock_guard const lock(state_->mutex);
    auto& s = *state_;
    if (auto const failure = write_failure()) return {failure, 0};
    std::size_t written = 0;
    std::size_t wanted = 0;
    for (auto const& buffer : buffers) {
        auto const n = std::min(s.room(), buffer.size());
        s.to_client.append(static_cast<char const*>(buffer.data()), n);
        written += n;
        wanted += buffer.size();
    }
    if (written != 0) announce_arrival(state_);
    if (written == 0 && wanted != 0) return {error::would_block, 0};
    return {boost::system::error_code{}, written};
} catch (std::bad_alloc const&) {
    return {error::no_memory, 0};
}

io_result memory_transport::try_send_file(int descriptor, std::uint64_t offset, std::size_t count) noexcept
try {
    std::lock_guard const lock(state_->mutex);
    auto& s = *state_;
    if (auto const failure = write_failure()) return {failure, 0};
    if (count == 0) return {boost::system::error_code{}, 0};
    auto const wanted = std::min(s.room(), count);
    if (wanted == 0) return {error::would_block, 0};
    auto const before = s.to_client.size();
    s.to_client.resize(before + wanted);
    auto const [size, failure] = base::read_all_at(descriptor, offset, s.to_client.data() + before, wanted);
    s.to_client.resize(before + size);
    if (size == 0 && failure)
        return {boost::system::error_code{failure.value(), boost::system::system_category()}, 0};
    if (size == 0) return {error::eof, 0};
    announce_arrival(state_);
    return {boost::system::error_code{}, size};
} catch (std::bad_alloc const&) {
    return {error::no_memory, 0};
}

task<boost::system::error_code> memory_transport::wait_writable()
{
    if (!write_is_ready()) {
        auto const ec = co_await writable_.wait();
        if (ec) co_return ec;
    }
    std::lock_guard const lock(state_->mutex);
    if (state_->server_closed) co_return error::operation_aborted;
    co_return boost::system::error_code{};
}

/// Has the server's end look at what the client has done. The state's mutex is held, so that the executor's
/// context is there: it outlives the server's end.
void tell_server(std::shared_ptr<shared_state> const& state)
{
    if (state->server == nullptr) return;
    boost::asio::post(state->executor, [state] {
        memory_transport* server = nullptr;
        {
            std::lock_guard const lock(state->mutex);
            server = state->server;
        }
        if (server != nullptr) server->look_again();
    });
}

} // namespace

memory_client::memory_client(std::shared_ptr<shared_state> state) noexcept : state_{std::move(state)} {}

memory_client::~memory_client()
{
    if (state_ != nullptr) close();
}

void memory_client::write(std::string bytes)
{
    std::lock_guard const lock(state_->mutex);
    if (bytes.empty() || state_->client_ended || state_->server_closed) return;
    state_->to_server.push_back(std::move(bytes));
    tell_server(state_);
}

void memory_client::shutdown_send()
{
    std::lock_guard const lock(state_->mutex);
    if (std::exchange(state_->client_ended, true)) return;
    tell_server(state_);
}

void memory_client::close()
{
    std::lock_guard const lock(state_->mutex);
    state_->client_ended = true;
    if (std::exchange(state_->client_closed, true)) return;
    state_->to_client.clear();
    tell_server(state_);
}

void memory_client::reset()
{
    std::lock_guard const lock(state_->mutex);
    state_->client_ended = true;
    state_->client_closed = true;
    if (std::exchange(state_->client_reset, true)) return;
    state_->to_client.clear();
    state_->to_server.clear();
    state_->front_read = 0;
    tell_server(state_);
}

std::string memory_client::read(std::size_t max_bytes)
{
    std::string taken;
    consume([&](std::string_view arrived) {
        taken = arrived.substr(0, max_bytes);
        return taken.size();
    });
    return taken;
}

void memory_client::consume(std::function<std::size_t(std::string_view)> const& reader)
{
    std::lock_guard const lock(state_->mutex);
    auto& waiting = state_->to_client;
    bool const was_full = waiting.size() >= state_->window;
    waiting.erase(0, reader(waiting));
    if (was_full && waiting.size() < state_->window) tell_server(state_);
}

bool memory_client::wait_readable(std::chrono::milliseconds limit)
{
    std::unique_lock lock(state_->mutex);
    return state_->arrived.wait_for(lock, limit,
                                    [this] { return !state_->to_client.empty() || state_->server_ended; });
}

bool memory_client::at_end() const
{
    std::lock_guard const lock(state_->mutex);
    return state_->server_ended && state_->to_client.empty();
}

bool memory_client::was_reset() const
{
    std::lock_guard const lock(state_->mutex);
    return state_->server_reset || (state_->server_closed && !state_->to_server.empty());
}

std::size_t memory_client::unread_by_server() const
{
    std::lock_guard const lock(state_->mutex);
    return state_->unread();
}

bool memory_client::server_waits() const
{
    std::lock_guard const lock(state_->mutex);
    return state_->server_waits && state_->to_server.empty();
}

void memory_client::set_window(std::size_t bytes)
{
    std::lock_guard const lock(state_->mutex);
    bool const wider = bytes > state_->window;
    state_->window = bytes;
    if (wider) tell_server(state_);
}

void memory_client::on_arrival(std::function<void()> callback)
{
    std::lock_guard const lock(state_->mutex);
    state_->on_arrival.swap(callback); // the old one is destroyed after the mutex is released
    if (!state_->to_client.empty() || state_->server_ended) announce_arrival(state_);
}

memory_stream make_memory_stream(boost::asio::any_io_executor executor, client_address peer,
                                 std::size_t window)
{
    auto state = std::make_shared<shared_state>(std::move(executor), window);
    auto server = std::make_unique<memory_transport>(state, std::move(peer));
    state->server = server.get();
    return {std::move(server), memory_client(std::move(state))};
}

} // namespace serval::server_impl
