// The app's OpenAPI document, and the endpoint that serves it.
#pragma once

#include "app/app_state.hpp"

#include <memory>
#include <string>

namespace serval::app_impl {

/// The document of what has been described so far. Dependencies count as they were declared: what overrides
/// them is for tests. Throws std::invalid_argument when two routes have one operationId.
std::string api_document(detail::app_state const& app);

/// An endpoint and what it calls, which must live as long.
struct document_endpoint {
    handler::endpoint endpoint;
    std::shared_ptr<void> callable;
};

/// Answers with `document` and its entity tag, and with 304 a client that has it.
document_endpoint serve_document(std::string document, std::string const& url);

} // namespace serval::app_impl
