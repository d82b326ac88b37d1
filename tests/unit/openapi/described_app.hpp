// Reading an app's OpenAPI document in tests.
#pragma once

#include <serval/json.hpp>
#include <serval/serval.hpp>

#include <string>
#include <string_view>

namespace serval {

/// The document of `described`, parsed.
inline json document_of(app const& described)
{
    return json::parse(described.openapi());
}

/// An operation of the document.
inline json operation_in(app const& described, std::string const& path, std::string const& method)
{
    return document_of(described).at("paths").at(path).at(method);
}

/// The operation of an app that has `handler` alone, at POST /x.
template <class F>
json operation_of(F handler)
{
    app described;
    described.post("/x", handler).name("x");
    return operation_in(described, "/x", "post");
}

/// A schema of the components of an app that has `handler` alone, at POST /x.
template <class F>
json schema_of(F handler, std::string const& name)
{
    app described;
    described.post("/x", handler).name("x");
    return document_of(described).at("components").at("schemas").at(name);
}

} // namespace serval
