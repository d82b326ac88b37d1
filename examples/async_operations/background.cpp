#include "async_operations/background.hpp"

#include "async_operations/python_time.hpp"

#include <serval/serval.hpp>

#include <chrono>
#include <cstdio>
#include <utility>

namespace async_operations {

namespace {

using namespace serval::params;

struct user_registration {
    std::string username;
    serval::email email;
    std::string full_name;
};

struct registered {
    std::string message;
    std::string username;
    serval::email email;
    std::string note;
};

/// `text` for a terminal, which must not obey what a client has put into its name.
std::string printable(std::string text)
{
    for (char& c : text) {
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
    }
    return text;
}

/// Background task: a line with the time.
void log_task(std::shared_ptr<task_log> const& log, std::string const& message)
{
    log->add('[' + now_isoformat() + "] " + message);
}

/// Background task: stands for the sending of an email, which takes 2 s.
serval::task<void> send_email_notification(std::shared_ptr<task_log> log, std::string email,
                                           std::string subject, std::string)
{
    co_await serval::sleep_for(std::chrono::seconds(2));
    log->add("Email sent to " + email + ": " + subject);
}

} // namespace

void task_log::add(std::string entry)
{
    std::lock_guard const lock{mutex_};
    std::printf("%s\n", printable(entry).c_str());
    std::fflush(stdout); // also where it is not a terminal: somebody may wait for the line
    ++total_;
    entries_.push_back(std::move(entry));
    if (entries_.size() > kept) entries_.pop_front();
}

task_log::contents task_log::last() const
{
    std::lock_guard const lock{mutex_};
    return {total_, {entries_.begin(), entries_.end()}};
}

serval::task<void> process_file_in_background(std::shared_ptr<task_log> log, std::string,
                                              std::string filename)
{
    co_await serval::sleep_for(std::chrono::seconds(3));
    log->add("File processed: " + filename);
}

void add_background(serval::app& app, std::shared_ptr<task_log> const& log)
{
    app.post(
           "/users/register",
           [log](body<user_registration> user, serval::background_tasks& tasks) -> serval::task<registered> {
               tasks.add(serval::task_options{}.name("log_task"), log_task, log,
                         "User registered: " + user->username);
               tasks.add(serval::task_options{}.name("send_email_notification"), send_email_notification, log,
                         user->email, "Welcome!", "Welcome to our service, " + user->full_name + '!');
               co_return registered{"Registration successful", user->username, user->email,
                                    "Welcome email will be sent shortly"};
           })
        .name("register_user")
        .description("Register user and send welcome email in background");

    app.get("/tasks/log", [log]() -> serval::task<task_log::contents> { co_return log->last(); })
        .name("get_task_log")
        .description("Get background task log");
}

} // namespace async_operations
