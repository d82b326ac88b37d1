// What a connection answers in no handler's name.
#include "base/what_of.hpp"
#include "server/connection.hpp"

#include <serval/http_error.hpp>

#include <exception>
#include <string_view>
#include <utility>

namespace serval::server_impl {

void connection::refuse(wire::error why)
{
    close_after_ = true;
    linger_ = true;
    decoder_ = {};
    loop_.counters().refused.add();
    auto const answer = loop_.refusals().answer_to(why, stream_->peer());
    if (write_head_of_text(answer, false)) work_->output += answer.body();
    loop_.refusals().log(stream_->peer(), work_->input.bytes(), answer.status(), why, loop_.now());
}

/// In the place of an answer that the handler has not given, or that cannot be sent. Tasks that are to run
/// stay.
void connection::answer_for_server(int status, std::string_view why)
{
    auto& x = exchange();
    auto tasks = std::exchange(x.tasks.tasks, {});
    loop_.environment().dispatcher->answer_exception(x, std::make_exception_ptr(http_error(status, why)));
    x.tasks.tasks = std::move(tasks);
    loop_.refusals().shape(x.answer, why, stream_->peer());
}

void connection::answer_shut_down()
{
    answer_for_server(503, "The server is shutting down");
}

void connection::answer_failure(std::exception_ptr const& thrown)
{
    auto& x = exchange();
    switch (reason_) {
    case reason::peer_left: ended_ = true; return;
    case reason::handler_timeout: return answer_for_server(503, "The request took too long to handle");
    case reason::shut_down: return answer_shut_down();
    case reason::slow_body:
        close_after_ = linger_ = true;
        return answer_for_server(408, wire::message_of(wire::error::timeout));
    default: break;
    }
    if (ended_) return;
    loop_.environment().dispatcher->answer_exception(x, thrown);
    if (x.handler_failed) log_failure("Exception in ", base::what_of(thrown));
}

} // namespace serval::server_impl
