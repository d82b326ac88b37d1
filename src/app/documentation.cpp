// The routes of the documentation pages.
#include "app/documentation.hpp"

#include "openapi/docs_pages.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace serval::app_impl {

namespace {

/// Answers with one file. A coroutine, so that it runs on the loop: there is nothing to wait for.
class docs_handler {
public:
    explicit docs_handler(openapi::docs_file file)
        : file_{std::make_shared<openapi::docs_file const>(std::move(file))}
    {}

    task<response> operator()(request& asked) const { co_return openapi::answer_docs_file(*file_, asked); }

private:
    std::shared_ptr<openapi::docs_file const> file_;
};

void add_file(openapi::docs_file file, detail::app_state const& described, routing::route_table& routes,
              handler::dispatcher& into)
{
    routing::path_pattern const pattern{file.path};
    if (routes.contains(method::get, pattern)) return;
    std::string const display = "GET " + file.path;
    routes.add(method::get, pattern, static_cast<std::uint32_t>(into.endpoints.size()), display);

    auto bound = detail::bind_handler(docs_handler{std::move(file)});
    handler::route_description const route{.display = display, .path_names = {}};
    auto& made =
        into.endpoints.emplace_back(handler::bind_endpoint(*bound.table, bound.callable.get(), route));
    made.pattern = pattern.text();
    for (auto const& one : described.root.middleware)
        made.middleware.push_back({one.call, one.callable.get()});
    into.callables.emplace_back(std::move(bound.callable));
}

std::vector<std::string> server_urls(app_info const& info)
{
    std::vector<std::string> urls;
    for (auto const& server : info.servers)
        urls.push_back(server.url);
    return urls;
}

} // namespace

void add_documentation(detail::app_state const& described, routing::route_table& routes,
                       handler::dispatcher& into)
{
    auto const& info = described.info;
    openapi::docs_settings const settings{.title = info.title,
                                          .openapi_url = info.openapi_url,
                                          .docs_url = info.docs_url,
                                          .redoc_url = info.redoc_url,
                                          .docs_title = info.docs_title,
                                          .redoc_title = info.redoc_title,
                                          .swagger_ui_parameters = info.swagger_ui_parameters,
                                          .servers = server_urls(info)};
    for (auto& page : openapi::make_docs_pages(settings, openapi::docs_assets())) {
        if (routes.contains(method::get, routing::path_pattern{page.page.path})) continue;
        add_file(std::move(page.page), described, routes, into);
        for (auto& file : page.files)
            add_file(std::move(file), described, routes, into);
    }
}

} // namespace serval::app_impl
