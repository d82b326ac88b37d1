#include "openapi/indented.hpp"

#include <serval/app.hpp>
#include <serval/command_line.hpp>
#include <serval/run.hpp>
#include <serval/server.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <future>
#include <iostream>
#include <string>
#include <thread>
#include <unistd.h>
#include <utility>

namespace serval {

namespace {

constexpr int clean_exit = 0;
constexpr int start_failed = 1;
constexpr int requests_cancelled = 3;
constexpr std::chrono::milliseconds unwinding_time{500}; // for coroutine handlers, after a second signal

std::string url_of(settings const& options, std::uint16_t port)
{
    if (!options.unix_path.empty()) return "unix:" + options.unix_path;
    bool const v6 = options.host.find(':') != std::string::npos;
    return "http://" + (v6 ? "[" + options.host + "]" : options.host) + ":" + std::to_string(port);
}

/// Logs as the server does, for what happens before and after it.
class announcer {
public:
    explicit announcer(settings const& options) : sink_{options.log}, level_{options.level} {}

    void operator()(log_level level, std::string const& message) const
    {
        if (level < level_) return;
        sink_->write({.level = level, .from = log_record::source::server, .message = message});
        sink_->flush();
    }

private:
    std::shared_ptr<log_sink> sink_;
    log_level level_;
};

/// Ends the process without destructors, which would wait for threads that never come back.
[[noreturn]] void abandon(announcer const& say, std::string const& why)
{
    say(log_level::error, why);
    std::fflush(nullptr);
    ::_exit(requests_cancelled);
}

/// Says `ready`, waits for the first signal, drains, and meanwhile heeds the second.
stop_report serve_until_signalled(server& running, announcer const& say, std::string const& ready)
{
    boost::asio::io_context context{
        1}; // its own: a wedged loop must not keep the second signal from being seen
    boost::asio::signal_set signals{context, SIGINT, SIGTERM};
    say(log_level::info, ready); // only now: who reads it may send a signal at once
    boost::asio::steady_timer last_wait{context};
    std::future<stop_report> stopping;
    signals.async_wait([&](boost::system::error_code ec, int) {
        if (ec) return;
        say(log_level::info, "Shutting down: waiting for requests in flight; signal again to end at once");
        signals.async_wait([&](boost::system::error_code again, int) {
            if (again) return;
            running.abort();
            last_wait.expires_after(unwinding_time);
            last_wait.async_wait([&](boost::system::error_code ended) {
                if (!ended) abandon(say, "Plain handlers still run and are abandoned");
            });
        });
        stopping = std::async(std::launch::async, [&] {
            auto const report = running.stop();
            boost::asio::post(context, [&] {
                signals.cancel();
                last_wait.cancel();
            });
            return report;
        });
    });
    context.run();
    return stopping.get();
}

int report_end(stop_report const& report, announcer const& say)
{
    if (report.clean) {
        say(log_level::info, "Finished: every request was answered");
        return clean_exit;
    }
    std::string what = "Finished: " + std::to_string(report.cancelled) + " request(s) had to be cancelled";
    if (report.tasks_given_up != 0)
        what += ", " + std::to_string(report.tasks_given_up) + " background task(s) were given up";
    say(log_level::warning, what);
    if (report.stuck != 0) {
        abandon(say,
                std::to_string(report.stuck) + " plain handler(s) or task(s) still run and are abandoned");
    }
    return requests_cancelled;
}

int print_openapi(app const& application)
{
    try {
        std::string const text = openapi::indented(application.openapi());
        bool const written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
        if (written && std::fflush(stdout) == 0) return clean_exit;
        std::fprintf(stderr, "Cannot write the OpenAPI document: %s\n", std::strerror(errno));
    } catch (std::exception const& error) {
        std::fprintf(stderr, "Cannot make the OpenAPI document: %s\n", error.what());
    }
    return start_failed;
}

} // namespace

int run(app& application, int argc, char const* const* argv, settings defaults)
{
    command_line line{application.info(), std::move(defaults)};
    if (auto const status = line.parse(argc, argv)) return *status;
    return run(application, line);
}

int run(app& application, command_line const& line)
{
    return line.prints_openapi() ? print_openapi(application) : run(application, line.settings());
}

int run(app& application, settings options)
{
    if (!options.log) options.log = console_log();
    announcer const say{options};
    std::signal(SIGPIPE, SIG_IGN); // a log that is piped into a program which has ended must not end this one
    try {
        server running{application, options};
        running.start();
        std::string const ready = application.info().title + " running on " +
                                  url_of(options, running.port()) + " (press CTRL+C to quit)";
        return report_end(serve_until_signalled(running, say, ready), say);
    } catch (std::exception const& error) {
        say(log_level::error, std::string{"Cannot start: "} + error.what());
        return start_failed;
    }
}

} // namespace serval
