#include "judge.hpp"

#include "ledger.hpp"
#include "requests.hpp"

#include <algorithm>
#include <string_view>

namespace chaos {

namespace {

void fail(char const* what, request_plan const& request, std::string text)
{
    ledger::current().fail(what, "request " + describe(request) + ": " + std::move(text));
}

/// Where `got` differs from `expected`, for the message.
std::string difference(std::string_view got, std::string_view expected)
{
    auto const [at, other] = std::mismatch(got.begin(), got.end(), expected.begin(), expected.end());
    auto const offset = static_cast<std::size_t>(at - got.begin());
    return std::to_string(got.size()) + " bytes for " + std::to_string(expected.size()) +
           ", different from " + std::to_string(offset) + ": \"" + std::string{got.substr(offset, 30)} +
           "\" for \"" + std::string{expected.substr(std::min(offset, expected.size()), 30)} + '"';
}

/// The limits, and the drain, let a server answer so, too.
bool may_refuse(request_plan const& request, client_plan const& by, int status, surroundings const& around)
{
    auto const& plan = *around.plan;
    if (status == 408)
        return by.idles || (by.pipelined && plan.settings.limits.head_timeout < milliseconds{1000});
    if (status == 400 || status == 413) return by.half_closes && takes_body(request.kind);
    if (status != 503) return false;
    bool const refuses = plan.settings.limits.background_overflow == serval::background_overflow::refuse;
    bool const has_tasks = request.kind == kind::tasks || request.kind == kind::free_tasks ||
                           request.kind == kind::streamed_tasks || request.kind == kind::background ||
                           request.kind == kind::kept_form;
    bool const too_many = plan.settings.limits.background_tasks < 1000 && has_tasks &&
                          (refuses || request.kind == kind::background);
    return uses_pool(request) || plan.has_handler_timeout() || too_many || ledger::current().draining.load();
}

/// The end of an endless stream: after a whole event, and only when the server drains.
void judge_endless(request_plan const& request, std::string const& body)
{
    auto const expected = expected_body(request, body.size());
    if (!std::string_view{expected}.starts_with(body))
        return fail("wrong-content", request, difference(body, expected));
    if (!body.empty() && !body.ends_with("\n\n"))
        return fail("wrong-content", request, "ends within an event");
    if (!ledger::current().draining.load()) fail("ended-early", request, "an endless stream came to an end");
}

} // namespace

void judge_framing(request_plan const& request, answer_reader const& got, surroundings const&)
{
    fail("bad-framing", request, got.problem());
}

void judge_whole(request_plan const& request, client_plan const& by, answer_reader const& got,
                 surroundings const& around)
{
    auto const json_limit = around.plan->settings.limits.json_body;
    int const status = got.status();
    int const good = good_status(request, json_limit);
    if (status != 200 || good != 200) {
        if (is_expected_status(request, status, json_limit) || may_refuse(request, by, status, around))
            return;
        if (status == 500 && request.kind == kind::background && ledger::current().draining.load()) return;
        return fail("wrong-status", request,
                    std::to_string(status) + " for " + std::to_string(good) + ' ' + got.body());
    }
    if (request.head) return;
    if (is_endless(request)) return judge_endless(request, got.body());
    auto const expected = expected_body(request);
    if (got.body() != expected && request.kind == kind::events && ledger::current().draining.load())
        return judge_endless(request, got.body()); // event streams end when a drain begins
    if (got.body() != expected) fail("wrong-content", request, difference(got.body(), expected));
}

void judge_broken(request_plan const& request, client_plan const&, answer_reader const& got,
                  surroundings const& around)
{
    auto const json_limit = around.plan->settings.limits.json_body;
    if (!got.has_head() || got.status() != 200) return;
    int const good = good_status(request, json_limit);
    if (good != 200 && good != 0) return fail("wrong-status", request, "200, broken off");
    auto const expected = expected_body(request, got.body().size());
    if (!std::string_view{expected}.starts_with(got.body()))
        fail("wrong-content", request, "broken off: " + difference(got.body(), expected));
}

void judge_surplus(request_plan const& request, std::string const& bytes)
{
    fail("surplus-bytes", request, "followed by \"" + bytes.substr(0, 60) + '"');
}

void judge_garbage(std::string const& bytes)
{
    static constexpr std::string_view begin = "HTTP/1.1 ";
    auto const n = std::min(begin.size(), bytes.size());
    if (std::string_view{bytes}.substr(0, n) != begin.substr(0, n))
        ledger::current().fail("bad-framing", "garbage was answered with \"" + bytes.substr(0, 60) + '"');
}

} // namespace chaos
