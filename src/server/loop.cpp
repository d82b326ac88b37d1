#include "server/loop.hpp"

#include "base/http_date.hpp"
#include "base/what_of.hpp"
#include "http/loop_services.hpp"
#include "server/connection.hpp"
#include "server/hold_watch.hpp"
#include "server/http1_protocol.hpp"
#include "server/task_registry.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/this_coro.hpp>

#include <csignal>
#include <cstring>
#include <ctime>
#include <stdexcept>
#include <string>
#include <unistd.h>
#include <utility>

namespace serval::server_impl {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::milliseconds default_hold{50};
constexpr std::chrono::milliseconds no_hold{0};
constexpr std::chrono::milliseconds longest_hold = std::chrono::hours{24};

} // namespace

/// The tick of a loop, from before its coroutine begins until it has ended or was destroyed: the only thing
/// that changes `ticking_`, so that it is true as long as the coroutine is there.
class loop::ticking_scope {
public:
    explicit ticking_scope(std::shared_ptr<loop> of) noexcept : of_{std::move(of)} { of_->ticking_ = true; }
    ~ticking_scope()
    {
        if (of_) of_->ticking_ = false;
    }
    ticking_scope(ticking_scope&&) noexcept = default;
    ticking_scope& operator=(ticking_scope&&) = delete;

private:
    std::shared_ptr<loop> of_;
};

loop::loop(asio::io_context& context, std::shared_ptr<server_impl::environment> shared, http::clock* clock)
    : context_{&context},
      environment_{std::move(shared)},
      own_clock_{clock != nullptr ? nullptr : std::make_unique<http::system_clock>()},
      clock_{clock != nullptr ? clock : own_clock_.get()},
      turn_{context},
      refusals_{environment_},
      tasks_{std::make_shared<task_registry>(*this, environment_->tasks)},
      now_{std::chrono::duration_cast<std::chrono::milliseconds>(clock_->now().time_since_epoch()).count()},
      refreshed_{clock_->now()}
{
    // Calls find their pool through the context: a second server would take the first one's place.
    if (!asio::use_service<http::loop_services>(context).claim())
        throw std::logic_error("serval: another server uses this io_context; each needs its own");
    refresh_time();
}

loop::~loop()
{
    tasks_->detach();
    // Else its context may be gone.
    if (claimed_ && !attached_) asio::use_service<http::loop_services>(*context_).release();
}

void loop::note_thread() noexcept
{
    static thread_local pid_t const here = ::gettid(); // asked of the system once
    if (thread_.load(std::memory_order_relaxed) != here) thread_ = here;
}

bool loop::runs_on_this_thread() const noexcept
{
    return thread_ == ::gettid();
}

bool loop::thread_has_ended() const noexcept
{
    pid_t const thread = thread_;
    return thread == 0 || ::tgkill(::getpid(), thread, 0) != 0;
}

void loop::attach()
{
    auto& services = asio::use_service<http::loop_services>(*context_);
    attached_ = true;
    services.clock = clock_;
    services.pool = &environment_->pool;
    services.files = environment_->files.get();
    services.json = &environment_->json;
    note_thread();
}

void loop::detach() noexcept
{
    auto& services = asio::use_service<http::loop_services>(*context_);
    if (std::exchange(attached_, false)) {
        services.clock = nullptr;
        services.pool = nullptr;
        services.files = nullptr;
        services.json = nullptr;
    }
    if (std::exchange(claimed_, false)) services.release();
}

/// The end of a connection's coroutine: it completes, or is destroyed instead, since an operation that cannot
/// allocate has no completion.
class loop::served_connection {
public:
    explicit served_connection(std::shared_ptr<connection> one) noexcept : one_{std::move(one)} {}
    ~served_connection()
    {
        if (one_) one_->end();
    }
    served_connection(served_connection&&) noexcept = default;
    served_connection& operator=(served_connection&&) = delete;

    void operator()(std::exception_ptr const& thrown) const
    {
        if (!thrown) return;
        one_->on().environment().log.write(log_level::error,
                                           "A connection ended with an exception of serval's own");
    }

private:
    std::shared_ptr<connection> one_;
};

void loop::serve(std::unique_ptr<transport> stream)
{
    serve(std::move(stream), &http1_protocol::make);
}

void loop::serve(std::unique_ptr<transport> stream, protocol_maker make)
{
    if (cancelled_) return stream->close(); // it was dealt here too late
    note_thread();
    if (!ticking_) refresh_time();
    auto served = std::make_shared<connection>(shared_from_this(), std::move(stream), make);
    served->index = connections_.size();
    connections_.push_back(served);
    counters_.connections.add();
    counters_.accepted.add();
    auto& coroutine = *served;
    try {
        start_ticking();
        auto with_end = asio::bind_cancellation_slot(coroutine.cancellation(), served_connection{served});
        if (auto watch = make_watch()) {
            coroutine.be_watched(watch);
            watched_executor const executor{context_->get_executor(), std::move(watch)};
            asio::co_spawn(executor, coroutine.run(), std::move(with_end));
        } else {
            asio::co_spawn(*context_, coroutine.run(), std::move(with_end));
        }
    } catch (...) {
        remove(coroutine); // unless its end has done so
        throw;
    }
}

void loop::number(std::size_t n)
{
    auto const unasked = settings().level == log_level::debug ? default_hold : no_hold;
    auto const bound = std::min(settings().hold_warning.value_or(unasked), longest_hold);
    if (bound == no_hold || !environment_->log.enabled(log_level::warning)) return;
    holds_ = std::make_shared<hold_log>(environment_, n, bound);
}

std::shared_ptr<hold_watch> loop::make_watch() const
{
    return holds_ ? std::make_shared<hold_watch>(holds_) : nullptr;
}

void loop::remove(connection& ended) noexcept
{
    auto const at = ended.index;
    if (at >= connections_.size() || connections_[at].get() != &ended) return;
    connections_.back()->index = at;
    std::swap(connections_[at], connections_.back());
    auto const last = std::move(connections_.back());
    connections_.pop_back();
    end_idling(ended);
    counters_.connections.add(-1);
    if (vacancy_) vacancy_->arise();
}

void loop::begin_idling(connection& one) noexcept
{
    idle_.add(one.place,
              std::chrono::floor<std::chrono::milliseconds>(clock_->now().time_since_epoch()).count());
}

void loop::end_idling(connection& one) noexcept
{
    idle_.remove(one.place);
}

bool loop::ask_for_room()
{
    if (asked_for_room_.exchange(true)) return false;
    try {
        asio::dispatch(*context_, [self = shared_from_this()] {
            self->asked_for_room_ = false;
            // Who asked has seen one, which is busy by now: perhaps there is another elsewhere.
            if (!self->make_room() && self->vacancy_) self->vacancy_->arise();
        });
    } catch (std::exception const&) {
        asked_for_room_ = false;
        throw;
    }
    return true;
}

bool loop::make_room()
{
    while (auto* const longest = idle_.take_longest()) {
        if (longest->make_room()) return true;
    }
    return false;
}

void loop::start_ticking()
{
    if (ticking_) return;
    auto ended = [self = shared_from_this()](std::exception_ptr thrown) {
        if (!thrown || self->tick_stopped_ || !self->needs_tick()) return;
        self->environment_->log.write(log_level::error,
                                      "The tick of an event loop has failed; starting it again");
        self->start_ticking();
    };
    asio::co_spawn(*context_, tick(ticking_scope{shared_from_this()}),
                   asio::bind_cancellation_slot(stop_tick_.slot(), ended));
}

bool loop::needs_tick() const noexcept
{
    return !connections_.empty() || tasks_->needs_tick() || environment_->trim.pending();
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

task<void> loop::tick(ticking_scope ticking)
{
    ticking_scope const here(std::move(ticking)); // ends with the last look, not with the frame
    while (!tick_stopped_ && needs_tick()) {
        co_await clock_->wait_for_tick(clock_->now() + tick_length);
        refresh_time();
        co_await sweep();
        co_await tasks_->sweep(turn_);
        refusals_.sweep(now_);
        note_thread(); // a caller's context may change its thread
        environment_->log.flush();
        environment_->trim.look(load_, connections_.size() - idle_.size());
    }
}

/// In slices, with turns for others in between. A connection that ends moves the last one to its place, which
/// was looked at already; new ones come behind.
task<void> loop::sweep()
{
    // Normally a sweep only emits, and the connections' coroutines resume from the queue. But an
    // application's operation may complete in place and end one: then the last takes its index.
    for (auto i = connections_.size(); i-- > 0;) {
        if (turn_.spent()) co_await turn_.next_turn();
        if (i >= connections_.size()) continue;
        auto const one = connections_[i];
        try {
            one->sweep();
        } catch (...) { // of one, and of what it has waited for, must not keep the others from theirs
            one->close();
            log_failure(environment_->log, std::current_exception());
        }
    }
}

std::optional<http::clock::time_point> loop::next_limit() const noexcept
{
    auto first = tasks_->next_limit();
    for (auto const& one : connections_) {
        auto const limit = one->handler_limit();
        if (limit != 0) first = std::min(limit, first.value_or(limit));
    }
    if (!first) return std::nullopt;
    return refreshed_ + std::chrono::milliseconds{*first - now_};
}

void loop::refresh_time()
{
    using std::chrono::milliseconds;
    auto const passed = std::chrono::floor<milliseconds>(clock_->now() - refreshed_);
    refreshed_ += passed;
    now_ += std::clamp(passed, milliseconds{0}, longest_step).count();
    auto const second = static_cast<std::int64_t>(std::time(nullptr));
    if (second == date_second_) return;
    date_second_ = second;
    auto const text = base::format_http_date(static_cast<std::time_t>(second));
    std::memcpy(date_, text.data(), sizeof date_);
}

void loop::drain(std::chrono::milliseconds idle_grace)
{
    draining_ = true;
    auto const all = connections_; // ending a stream may end some of them at once
    for (auto const& one : all)
        one->drain(idle_grace);
    tasks_->drain();
}

std::size_t loop::cancel_all()
{
    cancelled_ = true;
    auto const in_flight = static_cast<std::size_t>(counters_.requests_in_flight.value());
    auto const all = connections_;
    for (auto const& one : all)
        one->cancel();
    return in_flight;
}

void loop::close_all()
{
    auto const all = connections_;
    for (auto const& one : all)
        one->close();
}

} // namespace serval::server_impl
