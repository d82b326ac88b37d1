#include "app/exit_signals.hpp"
#include "base/what_of.hpp"
#include "openapi/indented.hpp"
#include "server/listen_address.hpp"

#include <serval/app.hpp>
#include <serval/command_line.hpp>
#include <serval/run.hpp>
#include <serval/server.hpp>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <exception>
#include <future>
#include <memory>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

namespace serval {

namespace {

constexpr int clean_exit = 0;
constexpr int start_failed = 1;
constexpr int requests_cancelled = 3;
constexpr std::chrono::milliseconds last_words_time{500}; // for a reader of the log that has stopped

std::string urls_of(std::vector<listen_address> const& places)
{
    std::string all;
    for (auto const& one : places) {
        if (!all.empty()) all += ", ";
        if (one.unix_path.empty()) all += "http://";
        all += server_impl::text_of(one);
    }
    return all;
}

/// Logs as the server does, for what happens before and after it.
class announcer {
public:
    explicit announcer(settings const& options) : sink_{options.log}, level_{options.level} {}

    bool says(log_level level) const noexcept { return level >= level_; }
    void operator()(log_level level, std::string const& message) const
    {
        if (!says(level)) return;
        sink_->write({.level = level, .from = log_record::source::server, .message = message});
        sink_->flush();
    }
    void finish() const noexcept { sink_->finish(last_words_time); }

private:
    std::shared_ptr<log_sink> sink_;
    log_level level_;
};

/// Ends the process without destructors, which would wait for threads that never come back.
[[noreturn]] void abandon(announcer const& say, std::string const& why)
{
    say(log_level::error, why);
    say.finish();
    std::fflush(nullptr);
    ::_exit(requests_cancelled);
}

extern "C" void serval_ignore_signal(int) {}

/// A log that is piped into a program which has ended must not end this one. Not SIG_IGN, which programs that
/// handlers start would inherit; and not in place of what the application has chosen.
void survive_broken_pipes() noexcept
{
    struct sigaction present{};
    if (::sigaction(SIGPIPE, nullptr, &present) != 0 || (present.sa_flags & SA_SIGINFO) != 0) return;
    if (present.sa_handler != SIG_DFL) return;
    struct sigaction action{};
    action.sa_handler = serval_ignore_signal;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    ::sigaction(SIGPIPE, &action, nullptr);
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

/// Stops the server at the first signal, on a thread of its own: that waits for neither the log nor a
/// start-up hook that is not done.
class stopping {
public:
    stopping(server& running, app_impl::exit_signals& signals)
        : signals_{signals},
          report_{std::async(std::launch::async, [&running, &signals] {
              return signals.wait() ? running.stop() : stop_report{};
          })}
    {}
    ~stopping() { signals_.release(); } // the future waits
    stopping(stopping const&) = delete;
    stopping& operator=(stopping const&) = delete;

    void wait() const { report_.wait(); }

private:
    app_impl::exit_signals& signals_;
    std::future<stop_report> report_;
};

/// Starts, says `ready(addresses)`, waits for the first signal, and drains.
template <class Ready>
int serve_until_signalled(server& running, announcer const& say, Ready const& ready)
{
    app_impl::exit_signals signals{[&running] { running.abort(); }, requests_cancelled,
                                   say.says(log_level::error)};
    stopping at_signal{running, signals};
    try {
        running.start();
        if (!signals.seen()) say(log_level::info, ready(running.addresses()));
    } catch (...) { // of any type: hooks are the application's
        if (!signals.seen()) throw;
        say(log_level::info, "Stopped while starting: " + base::what_of(std::current_exception()));
    }
    signals.wait();
    say(log_level::info, "Shutting down: waiting for requests in flight; signal again to end at once");
    at_signal.wait();
    return report_end(running.stop(),
                      say); // what the other call has found; or the signal came before the start
}

int print_openapi(app const& application)
{
    try {
        std::string const text = openapi::indented(application.openapi());
        bool const written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
        if (written && std::fflush(stdout) == 0) return clean_exit;
        std::fprintf(stderr, "Cannot write the OpenAPI document: %s\n", std::strerror(errno));
    } catch (...) {
        std::fprintf(stderr, "Cannot make the OpenAPI document: %s\n",
                     base::what_of(std::current_exception()).c_str());
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
    survive_broken_pipes();
    try {
        server running{application, options};
        return serve_until_signalled(running, say, [&](std::vector<listen_address> const& places) {
            return application.info().title + " running on " + urls_of(places) + " (press CTRL+C to quit)";
        });
    } catch (...) {
        say(log_level::error, "Cannot start: " + base::what_of(std::current_exception()));
        return start_failed;
    }
}

} // namespace serval
