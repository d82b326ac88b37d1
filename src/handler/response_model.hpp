// What a handler gave, held against what its route declares to send.
#pragma once

#include "handler/exchange.hpp"

#include <serval/detail/type_table.hpp>
#include <serval/task.hpp>

namespace serval::handler {

/// Resolves a response model. Throws std::invalid_argument for one that cannot be sent.
void check_response_model(detail::type_table const& type);

/// Writes the handler's JSON answer anew as the route's response model, if it has one. Throws
/// std::domain_error when it is no value of the model, hence 500.
void apply_response_model(detail::exchange& x);

/// Waits for the handler, then does that. `running` may be invalid: the answer is there.
task<void> finish_with_response_model(detail::exchange& x, task<void> running);

} // namespace serval::handler
