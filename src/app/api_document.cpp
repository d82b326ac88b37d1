#include "app/api_document.hpp"

#include "openapi/document.hpp"
#include "wire/conditional.hpp"

#include <serval/request.hpp>
#include <serval/response.hpp>

#include <algorithm>
#include <cstdint>
#include <deque>
#include <string>
#include <utility>
#include <vector>

namespace serval::app_impl {

namespace {

handler::endpoint bind_route(detail::route_state const& route)
{
    handler::route_description described{.display = std::string{to_string(route.method)} + " " +
                                                    std::string{route.pattern.text()},
                                         .path_names = {}};
    for (auto const& parameter : route.pattern.parameters())
        described.path_names.emplace_back(parameter.name);
    return handler::bind_endpoint(*route.handler.table, route.handler.callable.get(), described);
}

/// Those of its groups, then its own.
std::vector<std::string> tags_of(detail::route_state const& route)
{
    std::vector<std::string> tags;
    for (auto const* const router : detail::around(*route.owner))
        tags.insert(tags.end(), router->tags.begin(), router->tags.end());
    for (auto const& tag : route.tags) {
        if (std::ranges::find(tags, tag) == tags.end()) tags.push_back(tag);
    }
    return tags;
}

/// Strong: equal tags mean equal bytes, as far as 64 bits of FNV-1a and the length tell.
std::string etag_of(std::string_view content)
{
    std::uint64_t hash = 0xcbf29ce484222325U;
    for (char const c : content)
        hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
    constexpr std::string_view digits = "0123456789abcdef";
    std::string tag = "\"";
    for (int shift = 60; shift >= 0; shift -= 4)
        tag += digits[hash >> shift & 0xfU];
    return tag + '-' + std::to_string(content.size()) + '"';
}

struct served_document {
    std::string content;
    std::string etag;

    /// On the loop: nothing here waits.
    task<response> operator()(request& r)
    {
        response answer;
        answer.header("etag", etag);
        auto const if_none_match = r.header("if-none-match");
        auto const outcome = wire::evaluate({.if_none_match = if_none_match}, {.etag = etag}, true).outcome;
        if (outcome == wire::precondition_outcome::not_modified) {
            answer.status(304);
        } else {
            answer.content_type("application/json").body(content);
        }
        co_return answer;
    }
};

} // namespace

std::string api_document(detail::app_state const& app)
{
    std::vector<handler::endpoint> endpoints; // none moves once `operations` points to it
    endpoints.reserve(app.routes.size());
    std::deque<std::vector<std::string>> tags; // likewise
    std::vector<openapi::operation> operations;
    for (auto const& route : app.routes) {
        if (route.hidden) continue;
        operations.push_back({.method = route.method,
                              .pattern = &route.pattern,
                              .endpoint = &endpoints.emplace_back(bind_route(route)),
                              .name = route.name,
                              .named = route.named,
                              .summary = route.summary,
                              .description = route.description,
                              .tags = &tags.emplace_back(tags_of(route)),
                              .status = route.status,
                              .deprecated = route.deprecated,
                              .reads_body = route.reads_body,
                              .response_model = route.response_model,
                              .notes = &route.notes});
    }
    auto const& info = app.info;
    return openapi::document({.title = info.title,
                              .version = info.version,
                              .summary = info.summary,
                              .description = info.description,
                              .terms_of_service = info.terms_of_service,
                              .contact = info.contact ? &*info.contact : nullptr,
                              .license = info.license ? &*info.license : nullptr,
                              .servers = info.servers,
                              .tags = info.openapi_tags},
                             operations);
}

document_endpoint serve_document(std::string document, std::string const& url)
{
    auto etag = etag_of(document);
    auto callable = std::make_shared<served_document>(served_document{std::move(document), std::move(etag)});
    auto made = handler::bind_endpoint(detail::handler_entry<served_document>::table, callable.get(),
                                       {.display = "GET " + url, .path_names = {}});
    made.pattern = url;
    return {std::move(made), std::move(callable)};
}

} // namespace serval::app_impl
