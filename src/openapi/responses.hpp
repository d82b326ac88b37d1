// What an operation answers.
#pragma once

#include "model/schema_names.hpp"
#include "openapi/operation.hpp"

#include <string>

namespace serval::openapi {

/// Adds the types of an operation's responses.
void add_response_types(operation const& of, model::schema_names& names);

/// True when the document says that a request may be refused with 422: one that is validated, unless the
/// route says itself what 422 is.
bool documents_refusal(operation const& of, bool validated);

/// `responses`: the successful one, those that the route documents, then 422 if `refusal`. A JSON object.
std::string responses(operation const& of, std::string const& operation_id, bool refusal,
                      model::schema_names const& names);

} // namespace serval::openapi
