// From a request to the arguments of a call, collecting all that is wrong.
#pragma once

#include "handler/endpoint.hpp"
#include "handler/request_context.hpp"
#include "model/validation_errors.hpp"

namespace serval::handler {

/// True for a request whose body is JSON that is too large for the loop: see large_json.
bool reads_large_body(detail::request_context const& x) noexcept;

/// Parses the JSON body, when the endpoint has use for one. False: `x.answer` is complete (400, or 422
/// json_invalid).
bool parse_body(detail::request_context& x);

/// Fills the slots of `call` in `x.frame`. False: at least one error was added, and the call must not be
/// made.
///
/// Dependencies of the call have run before. Throws http_error 400 for more query parameters than allowed.
bool extract(detail::request_context& x, bound_call const& call, model::validation_errors& errors);

/// Makes `x.answer` the 422 of `errors`. Tasks that dependencies have added are left to the caller.
void answer_errors(detail::request_context& x, model::validation_errors const& errors);

} // namespace serval::handler
