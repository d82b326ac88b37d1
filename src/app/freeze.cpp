#include "app/freeze.hpp"

#include "app/api_document.hpp"
#include "app/app_state.hpp"
#include "app/documentation.hpp"
#include "http/memory_budget.hpp"

#include <serval/detail/stream_item.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace serval::app_impl {

namespace {

std::vector<handler::middleware_entry> middleware_of(detail::router_state const& router)
{
    std::vector<handler::middleware_entry> chain;
    for (auto const* const each : detail::around(router)) {
        for (auto const& one : each->middleware)
            chain.push_back({one.call, one.callable.get()});
    }
    return chain;
}

std::string temporary_directory_of(settings const& options)
{
    if (!options.temporary_directory.empty()) return options.temporary_directory;
    char const* const told = std::getenv("TMPDIR"); // before any thread of the server runs
    return told != nullptr && *told != '\0' ? told : "/tmp";
}

/// What the endpoints of one server share.
struct server_share {
    settings const& options;
    std::shared_ptr<http::memory_budget> form_memory;
};

handler::form_limits form_limits_of(detail::route_state const& route, server_share const& server)
{
    auto const& options = server.options;
    auto const& bounds = options.limits;
    return {.max_multipart = route.max_body.value_or(bounds.multipart_body),
            .max_urlencoded = std::min(route.max_body.value_or(bounds.form_body), bounds.form_body),
            .max_files = route.max_files.value_or(bounds.form_files),
            .max_fields = bounds.form_fields,
            .max_file_size = route.max_file_size.value_or(bounds.file_size),
            .max_field = bounds.form_field,
            .max_text = bounds.form_text,
            .file_memory = bounds.file_memory,
            .form_memory = bounds.form_memory,
            .server_memory = server.form_memory,
            .part = {.part_fields = bounds.part_headers, .part_header_bytes = bounds.part_header_block},
            .directory = temporary_directory_of(options)};
}

handler::endpoint endpoint_of(detail::route_state const& route, detail::app_state const& app,
                              server_share const& server)
{
    auto const& bounds = server.options.limits;
    handler::route_description described{.display = std::string{to_string(route.method)} + " " +
                                                    std::string{route.pattern.text()},
                                         .path_names = {},
                                         .reads_body = route.reads_body};
    for (auto const& parameter : route.pattern.parameters())
        described.path_names.emplace_back(parameter.name);
    auto made =
        handler::bind_endpoint(*route.handler.table, route.handler.callable.get(), described, app.overrides);
    bool const json = handler::reads_json(made);
    made.reads_body = json || (route.reads_body && made.body == handler::body_plan::none);
    made.max_body = route.max_body.value_or(json ? bounds.json_body : bounds.raw_body);
    if (route.reads_body &&
        (made.body == handler::body_plan::form || made.body == handler::body_plan::streamed))
        throw std::invalid_argument("route " + described.display +
                                    ": read_body() reads a raw body, and its parameters read it otherwise");
    made.form = form_limits_of(route, server);
    made.status = route.status;
    auto const& table = *route.handler.table;
    bool const values = table.result != nullptr || (table.stream != nullptr && table.stream->type != nullptr);
    if (values) made.response_model = route.response_model;
    made.has_timeout = route.timeout.has_value();
    made.timeout = route.timeout.value_or(std::chrono::milliseconds{0});
    made.pattern = route.pattern.text();
    made.middleware = middleware_of(*route.owner);
    return made;
}

/// Adds the endpoint of the OpenAPI document, unless the application has one of its own there.
void add_document(detail::app_state& described, routing::route_table& routes, handler::dispatcher& into)
{
    auto const& url = described.info.openapi_url;
    if (url.empty()) return;
    routing::path_pattern const pattern{url};
    if (!pattern.parameters().empty())
        throw std::invalid_argument("openapi_url \"" + url + "\" must be a path without parameters");
    if (routes.contains(method::get, pattern)) return;
    routes.add(method::get, pattern, static_cast<std::uint32_t>(into.endpoints.size()), "openapi");
    if (!described.document) described.document = api_document(described);
    auto served = serve_document(*described.document, url);
    served.endpoint.middleware = middleware_of(described.root);
    into.endpoints.push_back(std::move(served.endpoint));
    into.callables.push_back(std::move(served.callable));
}

/// True when `one` is for a type that is derived from `other`'s.
bool is_more_derived(detail::exception_answer const& one, detail::exception_answer const& other)
{
    return other.catches(one.throw_pointer) && !one.catches(other.throw_pointer);
}

/// A derived type before its bases, else the latest registered first.
std::vector<detail::exception_answer> in_order_of_trial(std::vector<detail::exception_answer> left)
{
    std::vector<detail::exception_answer> ordered;
    std::reverse(left.begin(), left.end());
    while (!left.empty()) {
        auto const first = std::ranges::find_if(left, [&](auto const& one) {
            return std::ranges::none_of(left, [&](auto const& other) { return is_more_derived(other, one); });
        });
        ordered.push_back(std::move(*first));
        left.erase(first);
    }
    return ordered;
}

} // namespace

std::shared_ptr<handler::dispatcher const> freeze(app& application, settings const& options)
{
    auto& described = application.state();
    std::lock_guard const lock{described.freezing};
    auto made = std::make_shared<handler::dispatcher>();
    server_share const server{options,
                              std::make_shared<http::memory_budget>(options.limits.form_memory_total)};
    for (auto const& route : described.routes) {
        made->endpoints.push_back(endpoint_of(route, described, server));
    }
    made->own_endpoints = made->endpoints.size();
    auto routes = described.table; // what serval adds is no part of the description
    add_document(described, routes, *made);
    add_documentation(described, routes, *made);
    made->routes = routes.freeze();
    made->outer_middleware = middleware_of(described.root);
    made->exception_answers = in_order_of_trial(described.exception_answers);
    made->on_refused = described.on_refused;
    made->redirect_slashes = described.info.redirect_slashes;
    made->app = application.shared_state();
    described.frozen = true;
    return made;
}

} // namespace serval::app_impl
