#include "server/refusals.hpp"

#include "base/log_escape.hpp"
#include "base/what_of.hpp"

#include <exception>
#include <string>
#include <utility>

namespace serval::server_impl {

namespace {

constexpr std::int64_t second = 1000;

/// The first line of what a client has sent, without its end; `-` for none.
std::string_view first_line(std::string_view received) noexcept
{
    auto const begin = received.find_first_not_of("\r\n");
    if (begin == std::string_view::npos) return "-";
    received.remove_prefix(begin);
    return received.substr(0, received.find_first_of("\r\n"));
}

} // namespace

response refusals::answer_to(wire::error why, client_address const& client)
{
    auto const reason = wire::message_of(why);
    response answer(wire::status_of(why), std::string{R"({"detail":")"}.append(reason).append("\"}"),
                    "application/json");
    shape(answer, reason, client);
    return answer;
}

void refusals::shape(response& answer, std::string_view reason, client_address const& client)
{
    auto const* const app = environment_->dispatcher.get();
    if (app == nullptr || !app->on_refused) return;
    try {
        auto shaped = answer;
        app->on_refused(refusal(answer.status(), reason, client), shaped);
        if (shaped.streamed() && !answer.streamed()) return complain("it gave a stream, which is not sent");
        answer = std::move(shaped);
    } catch (...) {
        complain(base::what_of(std::current_exception()));
    }
}

/// Whoever sends bad requests decides how often.
void refusals::complain(std::string_view about)
{
    auto const held_back = complaints_.pass();
    if (!held_back) return;
    std::string line = "A hook for refused requests has failed: ";
    base::append_log_escaped(line, about);
    environment_->log.write(log_level::error, line + base::log_gate::remark(*held_back));
}

void refusals::log(client_address const& client, std::string_view received, int status, wire::error why,
                   std::int64_t now)
{
    auto& log = environment_->log;
    if (!log.access_enabled()) return;
    sweep(now);
    if (lines_ == 0) second_began_ = now;
    if (lines_ == lines_a_second) {
        ++left_out_;
        return;
    }
    ++lines_;
    log.refused(client, first_line(received), status, wire::message_of(why));
}

void refusals::sweep(std::int64_t now)
{
    if (lines_ == 0 || now - second_began_ < second) return;
    lines_ = 0;
    if (left_out_ == 0) return;
    environment_->log.write(log_level::info,
                            std::to_string(left_out_) + " more refused requests were not logged");
    left_out_ = 0;
}

} // namespace serval::server_impl
