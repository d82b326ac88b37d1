// A route made ready to be called: everything that a request would otherwise have to work out again.
#pragma once

#include "http/memory_budget.hpp"
#include "model/constraint_set.hpp"
#include "wire/multipart.hpp"

#include <serval/detail/handler_table.hpp>
#include <serval/middleware.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace serval::handler {

/// A middleware as the frozen app calls it; the callable belongs to the app.
struct middleware_entry {
    task<response> (*call)(void* callable, request& r, next rest);
    void* callable;
};

/// What stands in for a dependency: another table, and the callable that it calls.
struct replacement {
    detail::dependency_table const* table;
    std::shared_ptr<void> callable;
};
using replacements = std::map<detail::dependency_table const*, replacement>;

/// One parameter of a call.
struct bound_parameter {
    detail::parameter_table const* table = nullptr;
    std::string name;             ///< as it is looked up and shown in `loc`
    std::uint32_t offset = 0;     ///< of its value, or its dependency's, in the call_frame
    std::uint16_t dependency = 0; ///< of kind `dependency`: which call gives it
    std::uint8_t capture = 0;     ///< of kind `path`: which capture of the match
    bool required = true;
    bool many = false; ///< takes all values of a repeated key
    model::constraint_set constraints;
};

/// The handler, or a dependency that must run before it.
struct bound_call {
    std::vector<bound_parameter> parameters;
    std::vector<std::uint16_t>
        order; ///< of `parameters`, as FastAPI reports errors: path, query, header, cookie, body
    std::uint32_t slots_offset = 0;                       ///< of the array of addresses in the call_frame
    std::uint32_t result_offset = 0;                      ///< of a dependency's value
    detail::dependency_table const* dependency = nullptr; ///< null: the handler
    std::shared_ptr<void> callable;                       ///< of a dependency
    bool takes_body = false;                              ///< a parameter of its own comes from the body
};

/// How a body is turned into parameters.
enum class body_plan : std::uint8_t {
    none,
    whole,    ///< one parameter is the body
    embedded, ///< parameters are keys of the body
    form,     ///< parameters are fields of a form
    streamed, ///< the handler reads it
};

/// What bounds a form; see serval::limits.
struct form_limits {
    std::size_t max_multipart = 0;
    std::size_t max_urlencoded = 0;
    std::size_t max_files = 0;
    std::size_t max_fields = 0;
    std::uint64_t max_file_size = 0;
    std::size_t max_field = 0;
    std::size_t max_text = 0;
    std::size_t file_memory = 0;
    std::size_t form_memory = 0;
    std::shared_ptr<http::memory_budget> server_memory{}; ///< of all forms; null: no bound
    wire::multipart_limits part{};
    std::string directory{}; ///< of temporary files; empty: the system's
};

/// A route of the frozen app.
struct endpoint {
    detail::handler_table const* table = nullptr;
    void* callable = nullptr;      ///< kept by the app
    std::vector<bound_call> calls; ///< dependencies in the order in which they run, then the handler
    std::size_t early_calls = 0;   ///< the first of them, which need nothing of the body
    std::uint32_t frame_bytes = 0;
    body_plan body = body_plan::none;
    bool reads_body = false;
    std::size_t max_body = 0;
    form_limits form{};
    int status = 200;
    detail::type_table const* response_model = nullptr; ///< what the handler's result is checked against
    std::vector<std::string_view> bytes_fields;         ///< of the form: files that stay in memory
    std::chrono::milliseconds timeout{0};               ///< zero: the server's
    bool has_timeout = false;
    std::string pattern;
    std::vector<std::string> path_names;
    std::vector<middleware_entry> middleware; ///< the app's, then the groups', outermost first

    bound_call const& handler_call() const noexcept { return calls.back(); }
};

inline bool reads_json(endpoint const& e) noexcept
{
    return e.body == body_plan::whole || e.body == body_plan::embedded;
}

/// What can be said of a route before the app is frozen.
struct route_description {
    std::string display;                 ///< "GET /items/{id}": how errors name it
    std::vector<std::string> path_names; ///< of the pattern, in order
    bool reads_body = false;             ///< by `request::body`
};

/// Binds a handler's parameters to a route: names, captures, constraints, the order of its dependencies, the
/// frame.
///
/// Throws std::invalid_argument, naming the route, for a `path<>` name that the pattern does not have, a
/// default that is no value of its type, a constraint that does not fit, a type that cannot come from text,
/// body parameters that exclude each other, and dependencies that depend on themselves.
endpoint bind_endpoint(detail::handler_table const& table, void* callable, route_description const& route,
                       replacements const& overrides = {});

} // namespace serval::handler
