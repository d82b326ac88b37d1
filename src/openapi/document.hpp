// The OpenAPI 3.1 document of an app, in FastAPI's form.
#pragma once

#include "openapi/operation.hpp"

#include <serval/api_description.hpp>

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace serval::openapi {

/// What the document says of the API as a whole; empty parts are left out.
struct document_info {
    std::string_view title;
    std::string_view version;
    std::string_view summary;
    std::string_view description;
    std::string_view terms_of_service;
    api_contact const* contact = nullptr;
    api_license const* license = nullptr;
    std::span<api_server const> servers;
    std::span<api_tag const> tags;
};

/// The document as compact JSON. Paths stand in the order of their first operation, schemas by name.
///
/// Throws std::invalid_argument when two operations have the same id; see `operation_ids`.
std::string document(document_info const& info, std::vector<operation> const& operations);

/// The version of the specification that documents follow.
inline constexpr std::string_view openapi_version = "3.1.0";

} // namespace serval::openapi
