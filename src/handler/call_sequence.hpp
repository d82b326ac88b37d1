// The way from a matched request to the result of its handler: dependencies, the body, the call itself.
#pragma once

#include "handler/request_context.hpp"

#include <serval/detail/started_handler.hpp>
#include <serval/task.hpp>

namespace serval::handler {

/// Calls the endpoint of `x`, inside of all middleware, as far as that goes without waiting.
///
/// In this order: the dependencies that need nothing of the body, the receipt and the reading of the body,
/// the other dependencies, the handler. So whom a dependency turns away has not been asked for a body. Plain
/// functions that follow each other share one visit of the pool, with what lies between them. A large JSON
/// body is read on the pool for JSON.
detail::started_handler call_endpoint(detail::request_context& x);

/// Awaits what `call_endpoint` gave, which must be valid.
task<void> finish(detail::started_handler running);

} // namespace serval::handler
