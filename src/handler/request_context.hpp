// One request and its response on their way through the handler layer.
#pragma once

#include "handler/call_frame.hpp"
#include "handler/task_sheet.hpp"
#include "http/body_source.hpp"
#include "http/form_data.hpp"
#include "http/request_state.hpp"
#include "model/json_document.hpp"

#include <serval/background_tasks.hpp>
#include <serval/request.hpp>
#include <serval/response.hpp>

#include <string>
#include <utility>

namespace serval::handler {
struct endpoint;
class dispatcher;
} // namespace serval::handler

namespace serval::detail {

/// The context of a request: from its match to the end of its response.
///
/// Lives in the connection's workspace and is reused. What a handler takes by reference points into it.
struct request_context {
    request_state state;
    serval::request request{state};
    response answer;
    handler::call_frame frame;
    model::json_document document;
    http::form_data form;
    task_sheet tasks; ///< run when the response is written
    background_tasks background{tasks};
    std::string text_body;    ///< a body that is not JSON, as the JSON string that is validated
    bool body_parsed = false; ///< `document` and `text_body` have been used

    http::body_source* body = nullptr;
    handler::dispatcher const* dispatcher = nullptr;
    handler::endpoint const* endpoint = nullptr; ///< null when no route matched
    bool head_only = false;                      ///< the answer's body is not sent
    bool handler_failed = false;                 ///< an exception that nobody handled made this a 500
    std::string disk_problem;                    ///< why a file could not be stored: for the log
    std::string answered_exception;       ///< what an exception's handler hid from the client: likewise
    bool begun = false;                   ///< the inside of the middleware has been called
    bool exception_handler_threw = false; ///< what it threw must not be handled in turn

    request_context() = default;
    ~request_context() { reset(); }
    request_context(request_context const&) = delete;
    request_context& operator=(request_context const&) = delete;

    /// Ends what is left of it, in this order, the only one: the body's producer, background tasks, the
    /// values of parameters and dependencies, the request. What comes first may use what comes later.
    void reset() noexcept
    {
        answer.clear();
        reset_behind_answer();
    }
    /// The same, when the answer is clear already. Each request pays for this: it touches what was used.
    void reset_behind_answer() noexcept
    {
        tasks.clear();
        frame.clear();
        tasks.clear(); // what a destructor has added
        state.reset();
        body = nullptr;
        endpoint = nullptr;
        head_only = handler_failed = begun = exception_handler_threw = false;
        disk_problem.clear();
        answered_exception.clear();
        if (std::exchange(body_parsed, false)) {
            document.clear();
            std::string{}.swap(text_body); // an assignment would keep the memory, here and below
        }
        if (form.capacity() != 0) http::form_data{}.swap(form);
    }
};

} // namespace serval::detail
