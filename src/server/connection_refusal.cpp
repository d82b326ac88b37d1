// What a connection answers in no handler's name.
#include "base/what_of.hpp"
#include "server/connection.hpp"

#include <serval/http_error.hpp>

#include <exception>
#include <string_view>

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

void connection::answer_failure(std::exception_ptr const& thrown)
{
    auto& x = exchange();
    auto const answer = [&](int status, std::string_view why) {
        loop_.environment().dispatcher->answer_exception(x, std::make_exception_ptr(http_error(status, why)));
        loop_.refusals().shape(x.answer, why, stream_->peer());
    };
    switch (reason_) {
    case reason::peer_left: ended_ = true; return;
    case reason::handler_timeout: return answer(503, "The request took too long to handle");
    case reason::shut_down: return answer(503, "The server is shutting down");
    case reason::slow_body:
        close_after_ = linger_ = true;
        return answer(408, wire::message_of(wire::error::timeout));
    default: break;
    }
    if (ended_) return;
    loop_.environment().dispatcher->answer_exception(x, thrown);
    if (x.handler_failed) log_failure("Exception in ", base::what_of(thrown));
}

} // namespace serval::server_impl
