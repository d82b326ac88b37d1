// What an operation takes: parameters and the request's body.
#pragma once

#include "model/schema_names.hpp"
#include "openapi/operation.hpp"

#include <string>
#include <utility>
#include <vector>

namespace serval::openapi {

/// An operation's parameters and body, which are those of its handler and of all its dependencies.
class request_description {
public:
    request_description(operation const& of, std::string operation_id);

    /// Adds the types that the document will refer to, and keeps the name of the body's own schema. Call
    /// before what follows.
    void add_types(model::schema_names& names);

    /// `parameters`: a JSON array, or empty when there are none.
    std::string parameters(model::schema_names const& names) const;

    /// `requestBody`: a JSON object, or empty when there is none.
    std::string body(model::schema_names const& names) const;

    /// The key of the schema that is made for this body alone, "Body_<operationId>"; empty when there is
    /// none.
    std::string const& body_key() const noexcept { return body_key_; }
    /// That schema.
    std::string body_schema(model::schema_names const& names) const;

    /// True when a request can be refused with 422.
    bool is_validated() const noexcept { return !fields_.empty() || has_fields_in_body(); }

private:
    bool has_fields_in_body() const noexcept;
    bool takes_files() const;
    bool any_required() const;
    std::string media_type() const;
    std::string content_schema(model::schema_names const& names) const;

    operation const& of_;
    std::string body_key_;
    std::vector<handler::bound_parameter const*> fields_; ///< path, query, header, cookie
    std::vector<handler::bound_parameter const*> body_;   ///< parts of the body
};

} // namespace serval::openapi
