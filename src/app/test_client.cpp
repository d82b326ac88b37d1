#include "app/app_state.hpp"
#include "app/client_connection.hpp"
#include "app/freeze.hpp"
#include "app/lifespan.hpp"
#include "app/manual_clock.hpp"
#include "app/stream_exchange.hpp"
#include "app/test_loop.hpp"
#include "base/ascii.hpp"
#include "base/what_of.hpp"
#include "server/environment.hpp"
#include "server/loop.hpp"
#include "server/task_intake.hpp"
#include "server/task_registry.hpp"

#include <serval/app.hpp>
#include <serval/test_client.hpp>

#include <boost/asio/post.hpp>

#include <algorithm>
#include <atomic>
#include <exception>
#include <optional>
#include <stdexcept>
#include <utility>

namespace serval {

namespace {

using header_list = test_client::header_list;

/// As Starlette's TestClient, whose port is 50000, too.
client_address const& client()
{
    static client_address const address("testclient", 50000);
    return address;
}

bool has(header_list const& fields, std::string_view name)
{
    return std::any_of(fields.begin(), fields.end(),
                       [&](auto const& field) { return base::iequals(field.first, name); });
}

void append_field(std::string& to, std::string_view name, std::string_view value)
{
    to.append(name).append(": ").append(value).append("\r\n");
}

std::string write_request(std::string_view method, std::string_view target, header_list const& fields,
                          std::string_view body)
{
    std::string bytes;
    bytes.append(method).append(" ").append(target).append(" HTTP/1.1\r\n");
    if (!has(fields, "host")) append_field(bytes, "Host", "testserver");
    if (!has(fields, "accept")) append_field(bytes, "Accept", "*/*");
    if (!has(fields, "user-agent")) append_field(bytes, "User-Agent", "testclient");
    for (auto const& [name, value] : fields)
        append_field(bytes, name, value);
    bool const has_body = !body.empty() || method == "POST" || method == "PUT" || method == "PATCH";
    if (has_body && !has(fields, "content-length") && !has(fields, "transfer-encoding"))
        append_field(bytes, "Content-Length", std::to_string(body.size()));
    return bytes.append("\r\n").append(body);
}

header_list with_type(header_list fields, std::string_view content_type)
{
    if (!content_type.empty()) fields.emplace_back("Content-Type", content_type);
    return fields;
}

std::shared_ptr<server_impl::environment> make_environment(app& served, manual_clock* clock, settings options)
{
    auto dispatcher = app_impl::freeze(served, options);
    return std::make_shared<server_impl::environment>(std::move(options), std::move(dispatcher),
                                                      clock != nullptr ? &clock->impl() : nullptr);
}

/// What `raw` and the loop share.
struct raw_exchange {
    explicit raw_exchange(server_impl::memory_client s) : stream{std::move(s)} {}

    server_impl::memory_client stream;
    std::mutex mutex;
    std::string received;
    std::atomic<bool> waiting{true};

    void collect()
    {
        std::lock_guard const lock(mutex);
        received += stream.read();
    }
    bool is_over() const { return stream.at_end() || stream.server_waits(); }
};

} // namespace

std::optional<std::string_view> test_response::header(std::string_view name) const noexcept
{
    for (auto const& [field, value] : headers) {
        if (base::iequals(field, name)) return value;
    }
    return std::nullopt;
}

struct pending_response::implementation {
    std::shared_ptr<app_impl::whole_exchange> exchange;

    ~implementation() { exchange->disconnect(); }
};

pending_response::pending_response(std::unique_ptr<implementation> state) : implementation_{std::move(state)}
{}

pending_response::pending_response(pending_response&&) noexcept = default;
pending_response& pending_response::operator=(pending_response&&) noexcept = default;
pending_response::~pending_response() = default;

test_response pending_response::get()
{
    return implementation_->exchange->wait_for_response();
}

bool pending_response::ready() const
{
    return implementation_->exchange->done();
}

void pending_response::disconnect()
{
    implementation_->exchange->disconnect();
}

/// The parts of a server, around the loop that a test drives.
struct test_client::implementation final : app_impl::connection_owner {
    implementation(app& served, manual_clock* clock, serval::settings with);
    ~implementation();

    void start(std::shared_ptr<app_impl::client_exchange> exchange);
    std::string raw(std::string_view bytes, std::vector<std::size_t> const& pieces);

    void progressed() override { driver->progress(); }
    void send_again(std::shared_ptr<app_impl::client_exchange> exchange) override;
    void remove(app_impl::client_connection& ended) override;

    void send(std::shared_ptr<app_impl::client_exchange> exchange);
    void close_connections();
    void stop() noexcept;
    void end_connections();
    void run_hooks(task<void> hooks, char const* failure);
    void run_drain_hooks();
    void run_shutdown_hooks();
    void wait_background();

    std::shared_ptr<detail::app_state> const application;
    std::shared_ptr<server_impl::environment> const environment;
    server_impl::task_intake intake;
    std::shared_ptr<app_impl::test_loop> driver; // the context, which goes first: the rest keeps itself
    std::shared_ptr<server_impl::loop> loop;
    std::vector<std::shared_ptr<app_impl::client_connection>> connections; // of the loop's thread
};

test_client::implementation::implementation(app& served, manual_clock* clock, serval::settings with)
    : application{served.shared_state()},
      environment{make_environment(served, clock, std::move(with))},
      intake{environment->tasks}
{
    auto* const time = clock != nullptr ? &clock->impl() : nullptr;
    driver = std::make_shared<app_impl::test_loop>(environment->pool, *environment->files, time);
    loop = std::make_shared<server_impl::loop>(driver->context(), environment, time);
    loop->attach();
    driver->start();
    intake.add(*loop);
    intake.open();
    application->hosts->add(intake);
    try {
        driver->run(app_impl::run_startup(application));
        app_impl::begin_jobs(*application, intake, environment->log);
    } catch (...) {
        environment->tasks->close();
        boost::asio::post(driver->context(), [one = loop] { one->tasks().give_up(); });
        stop();
        throw;
    }
}

test_client::implementation::~implementation()
{
    run_drain_hooks();
    end_connections();
    run_shutdown_hooks();
    stop();
}

/// Nobody waits for the responses any more: the clients leave, and their requests are cancelled. Tasks run to
/// their ends.
void test_client::implementation::end_connections()
{
    boost::asio::post(driver->context(), [this] {
        close_connections();
        loop->drain(std::chrono::milliseconds{0});
        loop->cancel_all();
    });
    driver->let_time_pass();
    auto const idle = [one = loop] {
        auto const& counters = one->counters();
        return one->connection_count() == 0 && counters.batches.value() == 0 &&
               one->environment().tasks->close_if_empty();
    };
    try {
        driver->wait_until_idle(idle);
    } catch (std::exception const& error) {
        environment->log.write(log_level::error, error.what());
        environment->tasks->close();
        boost::asio::post(driver->context(), [one = loop] {
            one->close_all();
            one->tasks().give_up();
        });
    }
    driver->hold_time();
}

void test_client::implementation::wait_background()
{
    // Time begins to pass when the loop has seen that it must wait, and stops in the moment in which the last
    // task has ended, both on its thread; or this one stops it when it gives up.
    enum class time : unsigned char { still, passing, held };
    auto const state = std::make_shared<std::atomic<time>>(time::still);
    auto* const on = driver.get();
    auto const hold = [state, on] {
        if (state->exchange(time::held) == time::passing) on->hold_time();
    };
    auto const ended = [state, on, hold, tasks = environment->tasks] {
        auto const now = tasks->now();
        if (now.unfinished() == now.endless) {
            hold();
            return true;
        }
        auto expected = time::still;
        if (state->compare_exchange_strong(expected, time::passing)) on->let_time_pass();
        return false;
    };
    try {
        driver->wait_until_idle(ended);
    } catch (...) {
        hold();
        throw;
    }
}

void test_client::implementation::run_hooks(task<void> hooks, char const* failure)
{
    try {
        driver->run(std::move(hooks));
    } catch (...) {
        environment->log.write(log_level::error, failure + base::what_of(std::current_exception()));
    }
}

void test_client::implementation::run_drain_hooks()
{
    if (!application->drain.empty())
        run_hooks(app_impl::run_drain(application, environment->log), "A drain hook has failed: ");
}

void test_client::implementation::run_shutdown_hooks()
{
    run_hooks(app_impl::run_shutdown(application, environment->log), "A shutdown hook has failed: ");
}

void test_client::implementation::stop() noexcept
{
    application->hosts->remove(intake);
    try {
        boost::asio::post(driver->context(), [one = loop] { one->stop_ticking(); });
        driver->settle();
    } catch (std::exception const& error) {
        environment->log.write(log_level::error, error.what());
    }
    driver->stop();
    environment->pool.stop(app_impl::patience);
    environment->files->stop(app_impl::patience);
    connections.clear();
    environment->log.flush();
}

void test_client::implementation::close_connections()
{
    auto const all = std::exchange(connections, {}); // closing removes them
    for (auto const& one : all)
        one->close("the test_client was destroyed");
}

void test_client::implementation::start(std::shared_ptr<app_impl::client_exchange> exchange)
{
    boost::asio::post(driver->context(), [this, exchange] { send(exchange); });
}

void test_client::implementation::send(std::shared_ptr<app_impl::client_exchange> exchange)
{
    progressed();
    auto const kept = std::find_if(connections.begin(), connections.end(),
                                   [](auto const& one) { return one->is_usable(); });
    if (kept != connections.end()) return (*kept)->send(std::move(exchange));
    auto stream = server_impl::make_memory_stream(driver->context().get_executor(), client());
    auto const opened = std::make_shared<app_impl::client_connection>(std::move(stream.client), *this);
    connections.push_back(opened);
    opened->open();
    opened->send(std::move(exchange));
    loop->serve(std::move(stream.server));
}

void test_client::implementation::send_again(std::shared_ptr<app_impl::client_exchange> exchange)
{
    send(std::move(exchange));
}

void test_client::implementation::remove(app_impl::client_connection& ended)
{
    std::erase_if(connections, [&](auto const& one) { return one.get() == &ended; });
}

std::string test_client::implementation::raw(std::string_view bytes, std::vector<std::size_t> const& pieces)
{
    auto made = server_impl::make_memory_stream(driver->context().get_executor(), client());
    auto const shared = std::make_shared<raw_exchange>(std::move(made.client));
    boost::asio::post(driver->context(), [this, shared, server = std::move(made.server)]() mutable {
        shared->stream.on_arrival([this, weak = std::weak_ptr(shared)] {
            progressed();
            if (auto const exchange = weak.lock()) exchange->collect();
        });
        loop->serve(std::move(server));
    });
    std::size_t sent = 0;
    for (auto const end : pieces) {
        if (end <= sent || end >= bytes.size()) continue;
        shared->stream.write(std::string{bytes.substr(sent, end - sent)});
        driver->settle();
        sent = end;
    }
    shared->stream.write(std::string{bytes.substr(sent)});
    driver->waiting_begins();
    // Whoever ends it first: the loop, in the moment in which it is over, or this thread when it gives up.
    auto const end_wait = [this, shared] {
        if (shared->waiting.exchange(false)) driver->waiting_ended();
    };
    try {
        driver->wait_until_idle([shared, end_wait] {
            if (!shared->is_over()) return false;
            end_wait();
            return true;
        });
    } catch (...) {
        end_wait();
        shared->stream.close();
        throw;
    }
    shared->stream.close();
    std::lock_guard const lock(shared->mutex);
    return shared->received;
}

test_client::test_client(app& application, settings options)
    : implementation_{std::make_unique<implementation>(application, nullptr, std::move(options))}
{}

test_client::test_client(app& application, manual_clock& clock, settings options)
    : implementation_{std::make_unique<implementation>(application, &clock, std::move(options))}
{}

test_client::~test_client() = default;

settings test_client::default_settings()
{
    return {.level = log_level::warning, .access_log = false};
}

test_response test_client::get(std::string_view target, header_list headers)
{
    return request("GET", target, std::move(headers));
}

test_response test_client::head(std::string_view target, header_list headers)
{
    return request("HEAD", target, std::move(headers));
}

test_response test_client::del(std::string_view target, header_list headers)
{
    return request("DELETE", target, std::move(headers));
}

test_response test_client::options(std::string_view target, header_list headers)
{
    return request("OPTIONS", target, std::move(headers));
}

test_response test_client::post(std::string_view target, std::string body, std::string_view content_type,
                                header_list headers)
{
    return request("POST", target, with_type(std::move(headers), content_type), std::move(body));
}

test_response test_client::put(std::string_view target, std::string body, std::string_view content_type,
                               header_list headers)
{
    return request("PUT", target, with_type(std::move(headers), content_type), std::move(body));
}

test_response test_client::patch(std::string_view target, std::string body, std::string_view content_type,
                                 header_list headers)
{
    return request("PATCH", target, with_type(std::move(headers), content_type), std::move(body));
}

test_response test_client::post(std::string_view target, test_form const& form, header_list headers)
{
    return post(target, form.body(), form.content_type(), std::move(headers));
}

test_response test_client::post_json(std::string_view target, std::string json)
{
    return post(target, std::move(json), "application/json");
}

test_response test_client::request(std::string_view method, std::string_view target, header_list headers,
                                   std::string body)
{
    return start(method, target, std::move(headers), std::move(body)).get();
}

pending_response test_client::start(std::string_view method, std::string_view target, header_list headers,
                                    std::string body)
{
    auto state = std::make_unique<pending_response::implementation>();
    state->exchange = std::make_shared<app_impl::whole_exchange>(
        implementation_->driver, write_request(method, target, headers, body), method == "HEAD");
    implementation_->start(state->exchange);
    return pending_response{std::move(state)};
}

streamed_response test_client::stream(std::string_view method, std::string_view target, header_list headers,
                                      std::string body, std::size_t window)
{
    auto const exchange = std::make_shared<app_impl::stream_exchange>(
        implementation_->driver, write_request(method, target, headers, body), method == "HEAD", window);
    auto state = std::make_unique<streamed_response::implementation>(exchange);
    implementation_->start(exchange);
    // Else nobody could move the clock on.
    if (implementation_->driver->time_stands_still()) implementation_->driver->settle();
    if (!implementation_->driver->time_stands_still() || exchange->done()) exchange->head();
    return streamed_response{std::move(state)};
}

void test_client::wait_background()
{
    implementation_->wait_background();
}

std::string test_client::raw(std::string_view bytes, std::vector<std::size_t> const& pieces)
{
    return implementation_->raw(bytes, pieces);
}

} // namespace serval
