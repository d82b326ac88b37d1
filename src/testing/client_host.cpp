#include "testing/client_host.hpp"

#include "app/freeze.hpp"
#include "app/lifespan.hpp"
#include "base/what_of.hpp"
#include "server/loop_thread.hpp"
#include "server/memory_transport.hpp"
#include "server/task_registry.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>

namespace serval::testing_impl {

namespace {

/// As Starlette's TestClient, whose port is 50000, too.
client_address const& peer()
{
    static client_address const address("testclient", 50000);
    return address;
}

/// What each step of the end is given in any case.
constexpr std::chrono::milliseconds grace{1000};

std::shared_ptr<server_impl::environment> make_environment(app& served, http::clock const* clock,
                                                           settings options)
{
    auto dispatcher = app_impl::freeze(served, options);
    return std::make_shared<server_impl::environment>(std::move(options), std::move(dispatcher), clock);
}

/// What `raw` and the loop share.
struct raw_exchange {
    explicit raw_exchange(server_impl::memory_client s) : stream{std::move(s)} {}

    server_impl::memory_client stream;
    std::mutex mutex;
    std::string received;

    void collect()
    {
        std::lock_guard const lock(mutex);
        received += stream.read();
    }
    bool is_over() const { return stream.at_end() || stream.server_waits(); }
};

test_loop::work work_of(server_impl::loop const& one)
{
    auto const& counters = one.counters();
    test_loop::work found;
    found.limit = one.next_limit();
    found.count = static_cast<std::size_t>(counters.requests_in_flight.value() + counters.batches.value());
    return found;
}

std::vector<base::thread_pool const*> pools_of(server_impl::environment const& one)
{
    return {&one.pool, one.files.get(), &one.json};
}

} // namespace

void keep_for_ever(std::shared_ptr<void const> kept)
{
    static std::mutex mutex;
    static auto* const all = new std::vector<std::shared_ptr<void const>>; // never destroyed, either
    std::lock_guard const lock(mutex);
    all->push_back(std::move(kept));
}

client_host::client_host(app& served, std::shared_ptr<manual_clock::implementation> clock, settings with)
    : clock_{std::move(clock)},
      application_{served.shared_state()},
      environment_{make_environment(served, clock_.get(), std::move(with))},
      intake_{environment_->tasks},
      driver_{std::make_shared<test_loop>(pools_of(*environment_), clock_.get(),
                                          [env = environment_.get()](std::exception_ptr thrown) {
                                              server_impl::log_failure(env->log, thrown);
                                          })},
      loop_{std::make_shared<server_impl::loop>(driver_->context(), environment_, clock_.get())}
{
    loop_->attach();
    loop_->number(0);
    intake_.add(*loop_);
    intake_.open();
    driver_->heed([one = loop_.get()] { return work_of(*one); });
    driver_->start();
}

client_host::~client_host() = default;

void client_host::begin()
{
    application_->hosts->add(intake_);
    driver_->run([app = application_] { return app_impl::run_startup(app); });
    app_impl::begin_jobs(*application_, intake_, environment_->log);
    started_ = true;
}

bool client_host::end() noexcept
{
    environment_->draining = true;
    if (driver_->runs_here() || driver_->is_pooled()) return leave_behind();
    until_ = std::chrono::steady_clock::now() + patience();
    if (started_ && !application_->drain.empty()) {
        run_hooks([app = application_](auto& log) { return app_impl::run_drain(app, log); },
                  "A drain hook has failed: ");
    }
    end_connections();
    if (started_) {
        run_hooks([app = application_](auto& log) { return app_impl::run_shutdown(app, log); },
                  "A shutdown hook has failed: ");
    }
    return stop();
}

std::chrono::milliseconds client_host::time_left() const noexcept
{
    auto const left = std::chrono::ceil<std::chrono::milliseconds>(until_ - std::chrono::steady_clock::now());
    return std::max(left, std::min(grace, patience()));
}

/// Nobody waits for the responses any more: the clients leave, and their requests are cancelled. Tasks run to
/// their ends; those of a start that has failed are cancelled.
void client_host::end_connections()
{
    if (!started_) environment_->tasks->close();
    boost::asio::post(driver_->context(), [this] {
        close_connections();
        loop_->drain(std::chrono::milliseconds{0});
        loop_->cancel_all();
        if (!started_) loop_->tasks().give_up();
    });
    try {
        driver_->pass_time_until([this] { return is_empty(); }, test_loop::passage::always, time_left());
    } catch (...) {
        cancel_connections();
    }
}

bool client_host::is_empty() const
{
    return loop_->connection_count() == 0 && loop_->counters().batches.value() == 0 &&
           environment_->tasks->close_if_empty();
}

/// What the end of patience has found.
void client_host::cancel_connections()
{
    log_error("The test_client's requests and tasks have not come to their ends. Left: " + what_is_left());
    environment_->tasks->close();
    boost::asio::post(driver_->context(), [this] {
        loop_->close_all();
        loop_->tasks().give_up();
    });
    try {
        driver_->pass_time_until([this] { return is_empty(); }, test_loop::passage::always, time_left());
    } catch (...) {
        boost::asio::post(driver_->context(), [this] { loop_->tasks().log_stuck(); });
    }
}

std::string client_host::what_is_left() const
{
    auto const& counters = loop_->counters();
    auto const tasks = environment_->tasks->now();
    return std::to_string(counters.connections.value()) + " connection(s), " +
           std::to_string(counters.requests_in_flight.value()) + " request(s), " +
           std::to_string(tasks.unfinished()) + " background task(s), " +
           std::to_string(environment_->running()) + " call(s) on threads" +
           (driver_->answers(std::min(grace, patience())) ? "" : ", and something blocks the loop");
}

/// Not on a loop that something blocks.
void client_host::run_hooks(hooks const& all, char const* failure)
{
    try {
        if (!driver_->answers(time_left())) return log_error(std::string{failure} + "the loop is blocked");
        driver_->run([all, env = environment_] { return all(env->log); }, time_left());
    } catch (...) {
        log_error(failure + base::what_of(std::current_exception()));
    }
}

/// The context goes before the rest, once no thread is left that knows it.
bool client_host::stop() noexcept
{
    application_->hosts->remove(intake_);
    try {
        boost::asio::post(driver_->context(), [one = loop_] { one->stop_ticking(); });
        driver_->settle(time_left());
    } catch (...) {
        log_error(base::what_of(std::current_exception()));
    }
    bool const loop_ended = driver_->stop(time_left());
    auto const left = environment_->stop_pools(time_left());
    if (!loop_ended) log_error("A coroutine blocks the test_client's loop: it is left behind");
    if (left != 0) log_error(std::to_string(left) + " call(s) on threads still run, and are left behind");
    environment_->log.flush();
    if (!loop_ended || left != 0) return false;
    connections_.clear();
    destroy_context();
    return true;
}

/// With the coroutines that have not ended, while all that they use is there.
void client_host::destroy_context() noexcept
{
    while (driver_.use_count() > 1) // a thread posts to it, or looks at its clock
        std::this_thread::yield();
    driver_.reset();
}

/// On a thread of its own, which cannot wait for itself.
bool client_host::leave_behind() noexcept
{
    application_->hosts->remove(intake_);
    log_error("The test_client was destroyed on one of its own threads, within a handler: it is left behind, "
              "and handles nothing more");
    driver_->stop(std::chrono::milliseconds{0});
    return false;
}

void client_host::log_error(std::string_view what) noexcept
{
    environment_->log.write(log_level::error, what);
}

void client_host::wait_background()
{
    auto const ended = [tasks = environment_->tasks] {
        auto const now = tasks->now();
        return now.unfinished() == now.endless;
    };
    driver_->pass_time_until(ended, test_loop::passage::always);
}

void client_host::close_connections()
{
    auto const all = std::exchange(connections_, {}); // closing removes them
    for (auto const& one : all)
        one->close("the test_client was destroyed");
}

void client_host::start(std::shared_ptr<client_exchange> exchange)
{
    boost::asio::post(driver_->context(), [this, exchange] { send(exchange); });
}

void client_host::send(std::shared_ptr<client_exchange> exchange)
{
    progressed();
    auto const kept = std::find_if(connections_.begin(), connections_.end(),
                                   [](auto const& one) { return one->is_usable(); });
    if (kept != connections_.end()) return (*kept)->send(std::move(exchange));
    auto stream = server_impl::make_memory_stream(driver_->context().get_executor(), peer());
    auto const opened = std::make_shared<client_connection>(std::move(stream.client), *this);
    connections_.push_back(opened);
    opened->open();
    opened->send(std::move(exchange));
    loop_->serve(std::move(stream.server));
}

void client_host::send_again(std::shared_ptr<client_exchange> exchange)
{
    send(std::move(exchange));
}

void client_host::remove(client_connection& ended)
{
    std::erase_if(connections_, [&](auto const& one) { return one.get() == &ended; });
}

std::string client_host::raw(std::string_view bytes, std::vector<std::size_t> const& pieces)
{
    driver_->must_not_run_here();
    auto made = server_impl::make_memory_stream(driver_->context().get_executor(), peer());
    auto const shared = std::make_shared<raw_exchange>(std::move(made.client));
    boost::asio::post(driver_->context(), [this, shared, server = std::move(made.server)]() mutable {
        shared->stream.on_arrival([this, weak = std::weak_ptr(shared)] {
            progressed();
            if (auto const exchange = weak.lock()) exchange->collect();
        });
        loop_->serve(std::move(server));
    });
    std::size_t sent = 0;
    for (auto const end : pieces) {
        if (end <= sent || end >= bytes.size()) continue;
        shared->stream.write(std::string{bytes.substr(sent, end - sent)});
        driver_->settle();
        sent = end;
    }
    shared->stream.write(std::string{bytes.substr(sent)});
    try {
        driver_->pass_time_until([shared] { return shared->is_over(); }, test_loop::passage::automatic);
    } catch (...) {
        shared->stream.close();
        throw;
    }
    shared->stream.close();
    std::lock_guard const lock(shared->mutex);
    return shared->received;
}

} // namespace serval::testing_impl
