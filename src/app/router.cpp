#include "app/app_state.hpp"
#include "handler/response_model.hpp"
#include "model/encode.hpp"
#include "model/model_layout.hpp"

#include <serval/detail/stream_item.hpp>
#include <serval/router.hpp>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>

namespace serval {

namespace {

std::string joined(std::string const& prefix, std::string_view pattern)
{
    return prefix + std::string{pattern};
}

/// A name for OpenAPI and error texts until `route::name` gives a better one: "get_items_id" of GET
/// /items/{id}.
std::string default_name(method m, routing::path_pattern const& pattern)
{
    std::string name;
    for (char const c : to_string(m))
        name += static_cast<char>(c - 'A' + 'a');
    bool gap = true;
    for (char const c : pattern.openapi_path()) {
        bool const word =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
        if (word && gap) name += '_';
        if (word) name += c;
        gap = !word;
    }
    return name;
}

bool begins_with_path(std::string_view text, std::string_view path)
{
    return text.starts_with(path) && (text.size() == path.size() || text[path.size()] == '/');
}

} // namespace

std::vector<detail::router_state const*> detail::around(router_state const& inner)
{
    std::vector<router_state const*> found{&inner.app->root};
    for (auto const& group : inner.app->groups) {
        if (begins_with_path(inner.prefix, group.prefix)) found.push_back(&group);
    }
    std::ranges::sort(found, {}, [](router_state const* router) { return router->prefix.size(); });
    return found;
}

route& route::name(std::string_view text)
{
    state_->name = text;
    state_->named = true;
    return *this;
}

route& route::summary(std::string_view text)
{
    state_->summary = text;
    return *this;
}

route& route::description(std::string_view text)
{
    state_->description = text;
    return *this;
}

route& route::tags(std::initializer_list<std::string_view> names)
{
    for (auto const name : names)
        state_->tags.emplace_back(name);
    return *this;
}

route& route::status(int code)
{
    if (code < 200 || code > 599) {
        throw std::invalid_argument("route " + std::string{state_->pattern.text()} + ": " +
                                    std::to_string(code) + " is no HTTP status");
    }
    state_->app->must_be_open("a route's status");
    state_->status = code;
    return *this;
}

route& route::deprecated(bool yes)
{
    state_->deprecated = yes;
    return *this;
}

route& route::hidden(bool yes)
{
    state_->hidden = yes;
    return *this;
}

route& route::response_model(detail::type_table const& type)
{
    state_->app->must_be_open("a route's response_model");
    auto const* const stream = state_->handler.table->stream;
    try {
        if (stream != nullptr && stream->type == nullptr)
            throw std::invalid_argument("its stream is of text or events, which no response_model describes");
        handler::check_response_model(type);
    } catch (std::invalid_argument const& error) {
        throw std::invalid_argument("route " + std::string{state_->pattern.text()} + ": " + error.what());
    }
    state_->response_model = &type;
    return *this;
}

route& route::operation_id(std::string_view text)
{
    state_->notes.operation_id = text;
    return *this;
}

route& route::response_description(std::string_view text)
{
    state_->notes.response_description = text;
    return *this;
}

route& route::media_type(std::string_view text)
{
    state_->notes.media_type = text;
    return *this;
}

route& route::request_media_type(std::string_view text)
{
    state_->notes.request_media_type = text;
    return *this;
}

route& route::add_response(int status, std::string_view description, detail::type_table const* type)
{
    if (status < 100 || status > 599) {
        throw std::invalid_argument("route " + std::string{state_->pattern.text()} + ": " +
                                    std::to_string(status) + " is no HTTP status");
    }
    if (type != nullptr) model::resolve(*type);
    state_->notes.responses.push_back({status, std::string{description}, type});
    return *this;
}

route& route::add_body_example(detail::type_table const& type, void const* value)
{
    std::string json;
    if (model::encode(type, value, json, model::encode_style::model) != model::encode_result::ok) {
        throw std::invalid_argument("route " + std::string{state_->pattern.text()} +
                                    ": its example of a body " + model::explain(type, value));
    }
    state_->notes.body_example = std::move(json);
    return *this;
}

route& route::max_body(std::size_t bytes)
{
    state_->app->must_be_open("a route's max_body");
    state_->max_body = bytes;
    return *this;
}

route& route::max_file_size(std::uint64_t bytes)
{
    state_->app->must_be_open("a route's max_file_size");
    state_->max_file_size = bytes;
    return *this;
}

route& route::max_files(std::size_t count)
{
    state_->app->must_be_open("a route's max_files");
    state_->max_files = count;
    return *this;
}

route& route::read_body(bool yes)
{
    state_->app->must_be_open("a route's read_body");
    state_->reads_body = yes;
    return *this;
}

route& route::timeout(std::chrono::milliseconds limit)
{
    state_->app->must_be_open("a route's timeout");
    if (limit.count() < 0) {
        throw std::invalid_argument("route " + std::string{state_->pattern.text()} +
                                    ": a timeout cannot be negative");
    }
    state_->timeout = limit;
    return *this;
}

route router::add(method m, std::string_view pattern, detail::bound_handler handler)
{
    auto& app = *state_->app;
    app.must_be_open("a route");
    if (m == method::other || m == method::connect)
        throw std::invalid_argument("a route needs a method other than CONNECT");
    routing::path_pattern parsed{joined(state_->prefix, pattern)};
    handler::route_description described{
        .display = std::string{to_string(m)} + " " + std::string{parsed.text()}, .path_names = {}};
    for (auto const& parameter : parsed.parameters())
        described.path_names.emplace_back(parameter.name);
    // Bound again when the app is frozen, with its overrides: here it is for the errors, on the user's line.
    handler::bind_endpoint(*handler.table, handler.callable.get(), described);
    auto name = default_name(m, parsed);
    app.table.add(m, parsed, static_cast<std::uint32_t>(app.routes.size()), name);
    app.routes.push_back({.app = &app,
                          .owner = state_,
                          .method = m,
                          .pattern = std::move(parsed),
                          .handler = std::move(handler),
                          .name = std::move(name)});
    return route{app.routes.back()};
}

router& router::group(std::string_view prefix, std::initializer_list<std::string_view> tags)
{
    state_->app->must_be_open("a group");
    if (prefix.empty() || prefix.front() != '/' || prefix.back() == '/') {
        throw std::invalid_argument("group prefix \"" + std::string{prefix} +
                                    "\" must begin with '/' and not end with it");
    }
    auto& groups = state_->app->groups;
    auto const whole = joined(state_->prefix, prefix);
    auto found = std::ranges::find(groups, whole, &detail::router_state::prefix);
    if (found == groups.end()) {
        auto& made = groups.emplace_back();
        made.app = state_->app;
        made.prefix = whole;
        made.handle = std::make_unique<detail::group_router>(made);
        found = groups.end() - 1;
    }
    for (auto const tag : tags) {
        if (std::ranges::find(found->tags, tag) == found->tags.end()) found->tags.emplace_back(tag);
    }
    return *found->handle;
}

void router::add_middleware(detail::bound_middleware middleware)
{
    state_->app->must_be_open("middleware");
    state_->middleware.push_back(std::move(middleware));
}

} // namespace serval
