#include "life.hpp"

#include "crowd.hpp"
#include "invariants.hpp"
#include "support/process_facts.hpp"
#include "watchdog.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <cstdio>
#include <functional>
#include <memory>
#include <optional>
#include <thread>
#include <unistd.h>
#include <utility>

namespace chaos {

namespace {

namespace asio = boost::asio;

class life_log final : public serval::log_sink {
public:
    explicit life_log(bool shown) noexcept : shown_{shown} {}

    void write(serval::log_record const& record) noexcept override
    {
        if (shown_)
            std::fprintf(stderr, "  log: %.*s\n", static_cast<int>(record.message.size()),
                         record.message.data());
    }

private:
    bool shown_;
};

std::string socket_path()
{
    return "/tmp/serval-chaos-" + std::to_string(::getpid()) + ".sock";
}

/// The caller's context, and the thread that runs it.
class host {
public:
    host() : work_{asio::make_work_guard(context_)} {}
    ~host() { end(); }
    host(host const&) = delete;
    host& operator=(host const&) = delete;

    asio::io_context& context() noexcept { return context_; }
    void run()
    {
        thread_ = std::thread{[this] {
            mark_as_loop();
            // A program that goes on: what a hook throws is no reason to leave the others alone.
            while (!run_until_thrown()) {
            }
        }};
    }
    /// Stops the context, whatever waits in it.
    void stop()
    {
        context_.stop();
        if (thread_.joinable()) thread_.join();
    }
    void end()
    {
        work_.reset();
        if (thread_.joinable()) thread_.join();
    }

private:
    bool run_until_thrown()
    {
        try {
            context_.run();
            return true;
        } catch (std::exception const& error) {
            std::fprintf(stderr, "chaos: thrown at the caller's context: %s\n", error.what());
            ledger::current().fail("thrown-at-context", error.what());
            return false;
        }
    }

    asio::io_context context_{1};
    asio::executor_work_guard<asio::io_context::executor_type> work_;
    std::thread thread_;
};

/// All that a server uses. What is stuck keeps it.
struct stage {
    std::unique_ptr<chaos::ledger> ledger;
    std::unique_ptr<serval::app> app;
    std::unique_ptr<host> context;
    std::unique_ptr<serval::server> server;
};

class one_life {
public:
    one_life(life_plan const& plan, served_files const& files, bool verbose) : plan_{plan}, verbose_{verbose}
    {
        stage_.ledger = std::make_unique<ledger>(plan.requests + 1);
        ledger::set_current(stage_.ledger.get());
        for (auto const& client : plan.clients)
            for (auto const& one : client.requests)
                stage_.ledger->at(one.id).stays = client.stays;
        stage_.app = std::make_unique<serval::app>();
        auto& app = *stage_.app;
        add_plain_answers(app);
        add_uploads(app);
        add_streams(app, files);
        add_ranges(app);
        add_tasks(app);
        add_hooks(app);
    }

    life_result run()
    {
        facts_.descriptors_before = serval::test::descriptor_count();
        facts_.threads_before = serval::test::thread_count();
        try {
            begin();
        } catch (std::exception const& error) {
            stage_.ledger->fail("start-failed", error.what());
            return {.findings = stage_.ledger->findings()};
        }
        crowd clients{plan_, {stage_.server->port(), settings_.unix_path}};
        let_live(clients.start());
        end();
        watchdog::stage("the clients to read what is left");
        clients.finish();
        facts_.stuck = facts_.report ? facts_.report->stuck != 0 : !server_threads_gone();
        if (!facts_.stuck) clear();
        check_life(plan_, facts_, clients, *stage_.ledger);
        life_result result = summary(clients);
        result.stuck = facts_.stuck;
        if (facts_.stuck) leave_behind();
        return result;
    }

private:
    void begin()
    {
        watchdog::stage("server::start");
        settings_ = plan_.settings;
        if (plan_.unix_socket) settings_.unix_path = socket_path();
        settings_.log = std::make_shared<life_log>(verbose_);
        settings_.level = verbose_ ? serval::log_level::debug : serval::log_level::info;
        if (plan_.own_context) {
            stage_.context = std::make_unique<host>();
            stage_.server =
                std::make_unique<serval::server>(*stage_.app, stage_.context->context(), settings_);
        } else {
            stage_.server = std::make_unique<serval::server>(*stage_.app, settings_);
        }
        stage_.server->start();
        watchdog::server(stage_.server.get());
        if (stage_.context) stage_.context->run();
    }

    /// The clients do their worst until the drain begins.
    void let_live(steady::time_point start)
    {
        watchdog::stage("the drain's time");
        auto const until = start + plan_.drain_at;
        while (steady::now() < until) {
            static_cast<void>(stage_.server->stats());
            auto const left = until - steady::now();
            std::this_thread::sleep_for(std::min<steady::duration>(left, std::chrono::milliseconds{5}));
        }
    }

    void end()
    {
        auto& server = *stage_.server;
        facts_.at_stop = server.stats();
        stage_.ledger->draining.store(true);
        if (plan_.ending == ending::context_stopped_first) stage_.context->stop();
        facts_.stop_began = steady::now();
        if (plan_.ending == ending::destructor) {
            watchdog::stage("server::~server");
            watchdog::server(nullptr);
            stage_.server.reset();
        } else {
            watchdog::stage("server::stop");
            std::optional<std::thread> other;
            if (plan_.ending == ending::stop_and_abort)
                other.emplace([this, &server] {
                    std::this_thread::sleep_for(plan_.abort_after);
                    server.abort();
                });
            if (plan_.ending == ending::stop_twice)
                other.emplace([this, &server] {
                    std::this_thread::sleep_for(plan_.abort_after / 4);
                    server.stop(plan_.deadline);
                });
            facts_.report = server.stop(plan_.deadline);
            facts_.stop_took = steady::now() - facts_.stop_began;
            if (other) other->join();
            facts_.after = server.stats();
            watchdog::server(nullptr);
            return;
        }
        facts_.stop_took = steady::now() - facts_.stop_began;
    }

    /// Takes the server down; the ledger stays.
    void clear()
    {
        watchdog::stage("server::~server after its stop");
        stage_.server.reset();
        watchdog::stage("the caller's context to end");
        if (stage_.context) stage_.context->end();
        stage_.context.reset();
        stage_.app.reset();
        watchdog::stage("descriptors and threads to go");
        wait_for_leftovers();
        if (plan_.unix_socket) facts_.socket_left = ::access(socket_path().c_str(), F_OK) == 0;
    }

    /// After a destructor, which reports nothing: what it has left behind still uses the app.
    bool server_threads_gone() const
    {
        auto const until = steady::now() + std::chrono::milliseconds{500};
        std::size_t const others = facts_.threads_before + (stage_.context ? 1 : 0);
        while (serval::test::thread_count() > others) {
            if (steady::now() >= until) return false;
            std::this_thread::sleep_for(std::chrono::milliseconds{1});
        }
        return true;
    }

    /// A thread that was joined is in /proc for a moment longer.
    void wait_for_leftovers()
    {
        auto const until = steady::now() + std::chrono::milliseconds{500};
        do {
            facts_.descriptors_after = serval::test::descriptor_count();
            facts_.threads_after = serval::test::thread_count();
            if (facts_.descriptors_after <= facts_.descriptors_before &&
                facts_.threads_after <= facts_.threads_before)
                return;
            std::this_thread::sleep_for(std::chrono::milliseconds{1});
        } while (steady::now() < until);
    }

    life_result summary(crowd const& clients) const
    {
        life_result made;
        made.findings = stage_.ledger->findings();
        made.clean = facts_.report && facts_.report->clean;
        for (auto const& client : clients.clients()) {
            for (auto const& one : client.results()) {
                made.requests += one.outcome != outcome::not_sent;
                made.whole += one.outcome == outcome::whole;
                made.broken += one.outcome == outcome::broken;
            }
        }
        return made;
    }

    void leave_behind()
    {
        watchdog::stage("server::~server with something stuck");
        stage_.server.reset(); // leaves its core to its threads
        static_cast<void>(stage_.context.release());
        static_cast<void>(stage_.app.release());
        static_cast<void>(stage_.ledger.release());
    }

    life_plan const& plan_;
    bool verbose_;
    stage stage_;
    serval::settings settings_;
    life_facts facts_;
};

} // namespace

life_result live(life_plan const& plan, served_files const& files, bool verbose)
{
    watchdog::begin(plan.seed);
    one_life life(plan, files, verbose);
    life_result result = life.run();
    watchdog::end();
    return result;
}

} // namespace chaos
