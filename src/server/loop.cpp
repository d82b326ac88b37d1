#include "server/loop.hpp"

#include "base/http_date.hpp"
#include "http/loop_services.hpp"
#include "server/connection.hpp"
#include "server/task_registry.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>

#include <cstring>
#include <ctime>
#include <stdexcept>
#include <string>
#include <utility>

namespace serval::server_impl {

namespace asio = boost::asio;

namespace {

/// Clears a flag at the end of a coroutine, also when that is destroyed instead.
class flag_until_end {
public:
    explicit flag_until_end(std::atomic<bool>& flag) noexcept : flag_{flag} { flag_ = true; }
    ~flag_until_end() { flag_ = false; }
    flag_until_end(flag_until_end const&) = delete;
    flag_until_end& operator=(flag_until_end const&) = delete;

private:
    std::atomic<bool>& flag_;
};

} // namespace

loop::loop(asio::io_context& context, loop_environment const& environment, http::clock* clock)
    : context_{&context},
      environment_{environment},
      own_clock_{clock != nullptr ? nullptr : std::make_unique<http::system_clock>()},
      clock_{clock != nullptr ? clock : own_clock_.get()},
      tasks_{std::make_shared<task_registry>(*this, environment.tasks->shared_from_this())}
{
    auto& services = asio::use_service<http::loop_services>(context);
    // Calls find their pool through the context: a second server would take the first one's place.
    if (services.clock != nullptr)
        throw std::logic_error("serval: another server uses this io_context; each needs its own");
    services.clock = clock_;
    services.pool = environment.pool;
    services.files = environment.files;
    refresh_time();
}

loop::~loop()
{
    tasks_->detach();
    auto& services = asio::use_service<http::loop_services>(*context_);
    services.clock = nullptr;
    services.pool = nullptr;
    services.files = nullptr;
}

void loop::serve(std::unique_ptr<transport> stream)
{
    if (!ticking_) refresh_time();
    auto served = std::make_shared<connection>(*this, std::move(stream));
    served->index = connections_.size();
    connections_.push_back(served);
    counters_.connections.add();
    counters_.accepted.add();
    auto& coroutine = *served;
    auto ended = [this, served](std::exception_ptr thrown) {
        if (!thrown) return;
        environment_.log->write(log_level::error, "A connection ended with an exception of serval's own");
    };
    try {
        start_ticking();
        asio::co_spawn(*context_, coroutine.run(),
                       asio::bind_cancellation_slot(coroutine.cancellation(), std::move(ended)));
    } catch (...) {
        remove(coroutine);
        throw;
    }
}

void loop::remove(connection& ended) noexcept
{
    auto const at = ended.index;
    if (at >= connections_.size() || connections_[at].get() != &ended) return;
    connections_.back()->index = at;
    std::swap(connections_[at], connections_.back());
    auto const last = std::move(connections_.back());
    connections_.pop_back();
    counters_.connections.add(-1);
}

void loop::start_ticking()
{
    if (ticking_) return;
    auto ended = [this](std::exception_ptr thrown) {
        if (!thrown || tick_stopped_ || !needs_tick()) return;
        environment_.log->write(log_level::error, "The tick of an event loop has failed; starting it again");
        start_ticking();
    };
    asio::co_spawn(*context_, tick(), asio::bind_cancellation_slot(stop_tick_.slot(), ended));
    ticking_ = true;
}

bool loop::needs_tick() const noexcept
{
    return !connections_.empty() || tasks_->needs_tick();
}

void loop::keep_ticking()
{
    if (ticking_ || tick_stopped_) return;
    refresh_time();
    start_ticking();
}

void loop::stop_ticking()
{
    tick_stopped_ = true;
    if (ticking_) stop_tick_.emit(asio::cancellation_type::terminal);
}

task<void> loop::tick()
{
    flag_until_end const ticking{ticking_};
    while (needs_tick()) {
        co_await clock_->wait_until(clock_->now() + tick_length);
        refresh_time();
        sweep();
        tasks_->sweep();
        environment_.log->flush();
    }
}

void loop::sweep()
{
    // Normally a sweep only emits, and the connections' coroutines resume from the queue. But an
    // application's operation may complete in place and end one: then the last takes its index.
    for (auto i = connections_.size(); i-- > 0;) {
        if (i >= connections_.size()) continue;
        auto const one = connections_[i];
        try {
            one->sweep();
        } catch (std::exception const& error) { // of one must not keep the others from theirs
            environment_.log->write(log_level::error, error.what());
            one->close();
        }
    }
}

void loop::refresh_time()
{
    now_ = std::chrono::duration_cast<std::chrono::milliseconds>(clock_->now().time_since_epoch()).count();
    auto const second = static_cast<std::int64_t>(std::time(nullptr));
    if (second == date_second_) return;
    date_second_ = second;
    auto const text = base::format_http_date(static_cast<std::time_t>(second));
    std::memcpy(date_, text.data(), sizeof date_);
}

void loop::drain(std::chrono::milliseconds idle_grace)
{
    draining_ = true;
    for (auto const& one : connections_)
        one->drain(idle_grace);
}

std::size_t loop::cancel_all()
{
    std::size_t busy = 0;
    auto const all = connections_; // closing may end some of them at once
    for (auto const& one : all)
        busy += one->cancel() ? 1 : 0;
    return busy;
}

void loop::close_all()
{
    auto const all = connections_;
    for (auto const& one : all)
        one->close();
}

} // namespace serval::server_impl
