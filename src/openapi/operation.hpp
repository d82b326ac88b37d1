// A route as the OpenAPI document sees it.
#pragma once

#include "handler/endpoint.hpp"
#include "routing/path_pattern.hpp"

#include <serval/method.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace serval::openapi {

/// A response that a route documents besides what its handler's type says.
struct documented_response {
    int status = 0;
    std::string description;                  ///< empty: the status' phrase
    detail::type_table const* type = nullptr; ///< of a JSON body
};

/// What a route says for the document alone.
struct operation_notes {
    std::string operation_id{};
    std::string response_description{};
    std::string media_type{};         ///< of the successful response
    std::string request_media_type{}; ///< of a body that the handler reads
    std::string body_example{};       ///< JSON
    std::vector<documented_response> responses{};
};

/// One operation: all of it is the app's and outlives the making of the document.
struct operation {
    serval::method method = method::get;
    routing::path_pattern const* pattern = nullptr;
    handler::endpoint const* endpoint = nullptr;
    std::string_view name;
    bool named = false; ///< by the application: `name` is not the default
    std::string_view summary;
    std::string_view description;
    std::vector<std::string> const* tags = nullptr;
    int status = 200;
    bool deprecated = false;
    bool reads_body = false;                            ///< route::read_body
    detail::type_table const* response_model = nullptr; ///< instead of the handler's own result
    operation_notes const* notes = nullptr;
};

/// The type of the successful response's JSON; null: none is known.
inline detail::type_table const* result_of(operation const& of)
{
    return of.response_model != nullptr ? of.response_model : of.endpoint->table->result;
}

/// The operationId that FastAPI gives: name, path and method, "read_item_items__id__get".
///
/// A route without a name of its own has its default name, which is made of method and path already.
std::string operation_id_of(operation const& of);

/// Gives each operation its id, in their order.
///
/// Throws std::invalid_argument when two are equal, naming both routes, unless one is of a route without a
/// name: that one gets a number.
std::vector<std::string> operation_ids(std::vector<operation> const& operations);

} // namespace serval::openapi
