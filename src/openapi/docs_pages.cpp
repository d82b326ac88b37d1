// The documentation pages: Swagger UI and ReDoc, showing the application's OpenAPI document.
#include "openapi/docs_pages.hpp"

#include "base/percent.hpp"
#include "model/json_document.hpp"
#include "openapi/docs_scripts.hpp"
#include "wire/media_type_by_name.hpp"

#include <algorithm>
#include <cstddef>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace serval::openapi {

namespace {

/// What Swagger UI and ReDoc differ in.
struct page_kind {
    std::string_view element;      ///< where the page's script puts the document
    std::string_view bundle;       ///< the script that does it
    std::string_view style;        ///< a file; empty: none
    std::string_view start;        ///< what starts it
    std::string_view styles;       ///< where they come from
    std::string_view policy;       ///< what else the page needs than its scripts and its own host
    std::string_view cdn_pictures; ///< what it shows when it comes from a CDN
};

// Swagger UI shows pictures that an operation answers from blobs, and plays sounds from their addresses.
constexpr page_kind swagger_ui{.element = "swagger-ui",
                               .bundle = "swagger-ui-bundle.js",
                               .style = "swagger-ui.css",
                               .start = swagger_ui_start,
                               .styles = "'self'",
                               .policy = "; media-src 'self'; img-src 'self' data: blob:",
                               .cdn_pictures = ""};
// ReDoc brings its style as elements, and searches in a worker that it makes of a blob.
constexpr page_kind redoc{.element = "redoc",
                          .bundle = "redoc.standalone.js",
                          .style = "",
                          .start = redoc_start,
                          .styles = "'unsafe-inline'",
                          .policy = "; worker-src blob:; img-src 'self' data:",
                          .cdn_pictures = " https://cdn.redoc.ly/redoc/logo-mini.svg"};

std::string html_escape(std::string_view text)
{
    std::string out;
    for (char const c : text) {
        switch (c) {
        case '&': out += "&amp;"; break;
        case '<': out += "&lt;"; break;
        case '>': out += "&gt;"; break;
        case '"': out += "&quot;"; break;
        case '\'': out += "&#39;"; break;
        default: out += c;
        }
    }
    return out;
}

/// The path `to` as the page at `from` refers to it. "./" keeps a ':' in it from being taken for a scheme.
std::string relative(std::string_view from, std::string_view to)
{
    std::string made = "./";
    for (auto depth = std::count(from.begin(), from.end(), '/'); depth > 1; --depth)
        made += "../";
    made += std::string_view{base::percent_encode_path(to)}.substr(1);
    return made;
}

/// The origin of a server as a policy names it; empty for one on the page's own host, or with variables in
/// it.
std::string_view origin_of(std::string_view server)
{
    std::size_t const scheme = server.starts_with("https://") ? 8 : server.starts_with("http://") ? 7 : 0;
    if (scheme == 0) return {};
    auto const origin = server.substr(0, server.find('/', scheme));
    constexpr std::string_view characters =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:[]";
    bool const plain = origin.find_first_not_of(characters, scheme) == std::string_view::npos;
    return plain && origin.size() > scheme ? origin : std::string_view{};
}

class page_builder {
public:
    page_builder(page_kind const& kind, std::string path, std::span<docs_asset const> assets)
        : kind_{kind},
          path_{std::move(path)},
          assets_{assets}
    {
        folder_ = path_.ends_with('/') ? path_.substr(0, path_.size() - 1) : path_;
        folder_ += "/assets/";
    }

    docs_page build(std::string_view title, docs_settings const& settings)
    {
        std::string html = "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                           "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n";
        html += "<title>" + html_escape(title) + "</title>\n";
        html += icon();
        html += style();
        html += "</head>\n<body>\n";
        html += element(settings);
        html += script();
        html += start();
        html += "</body>\n</html>\n";
        made_.page = {.path = path_,
                      .content_type = "text/html; charset=utf-8",
                      .tag = tag_of(html),
                      .text = html,
                      .security_policy = policy(settings.servers)};
        return std::move(made_);
    }

private:
    docs_asset const* find(std::string_view name) const noexcept
    {
        auto const at = std::find_if(assets_.begin(), assets_.end(),
                                     [name](docs_asset const& one) { return one.name == name; });
        return at == assets_.end() ? nullptr : &*at;
    }

    std::string address_of(std::string_view file) const
    {
        return relative(path_, folder_ + std::string{file});
    }

    /// Has an embedded file served with the page; gives its address, which changes with its content.
    std::string add(docs_asset const& asset)
    {
        made_.files.push_back({.path = folder_ + std::string{asset.name},
                               .content_type = std::string{wire::media_type_by_name(asset.name)},
                               .tag = std::string{asset.hash},
                               .gzip = asset.gzip,
                               .size = asset.size,
                               .revision = std::string{asset.hash}});
        return html_escape(address_of(asset.name)) + '?' + std::string{asset.hash};
    }

    /// The attributes of an element that loads `name`; `attribute` has the address.
    std::string loading(std::string_view name, std::string_view attribute)
    {
        std::string made{attribute};
        if (auto const* const asset = find(name)) return made + "=\"" + add(*asset) + '"';
        auto const remote = remote_docs_asset(name);
        made.append("=\"").append(remote.address).append("\" integrity=\"").append(remote.integrity);
        return made + "\" crossorigin=\"anonymous\"";
    }

    std::string icon()
    {
        auto const* const file = find("favicon-32x32.png");
        // Without any, browsers would ask the application for /favicon.ico.
        return "<link rel=\"icon\" href=\"" + (file != nullptr ? add(*file) : "data:,") + "\">\n";
    }

    std::string style()
    {
        if (kind_.style.empty()) return {};
        return "<link rel=\"stylesheet\" " + loading(kind_.style, "href") + ">\n";
    }

    std::string element(docs_settings const& settings) const
    {
        auto const document = html_escape(relative(path_, settings.openapi_url));
        std::string made = "<div id=\"" + std::string{kind_.element} + "\" data-openapi-url=\"" + document;
        if (kind_.element == swagger_ui.element) {
            auto const& parameters = settings.swagger_ui_parameters;
            made += "\" data-parameters=\"" + html_escape(parameters.empty() ? "{}" : parameters);
        }
        return made + "\"></div>\n<noscript>This page needs JavaScript. The OpenAPI document is <a href=\"" +
               document + "\">here</a>.</noscript>\n";
    }

    std::string script()
    {
        std::string made = "<script " + loading(kind_.bundle, "src") + "></script>\n";
        // The script refers to it for the licences of what is in it.
        if (auto const* const licences = find(std::string{kind_.bundle} + ".LICENSE.txt")) add(*licences);
        return made;
    }

    std::string start()
    {
        std::string const name = std::string{kind_.element} + "-start.js";
        made_.files.push_back({.path = folder_ + name,
                               .content_type = "text/javascript; charset=utf-8",
                               .tag = tag_of(kind_.start),
                               .text = std::string{kind_.start}});
        return "<script src=\"" + html_escape(address_of(name)) + "\"></script>\n";
    }

    std::string policy(std::vector<std::string> const& servers) const
    {
        bool const remote = find(kind_.bundle) == nullptr;
        std::string made = "default-src 'none'; script-src 'self'";
        // The very files: a CDN has scripts of anybody.
        if (remote) made.append(" ").append(remote_docs_asset(kind_.bundle).address);
        made += "; connect-src 'self'";
        for (auto const& server : servers) {
            auto const origin = origin_of(server);
            if (!origin.empty()) made.append(" ").append(origin);
        }
        made += "; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; style-src ";
        made += kind_.styles;
        if (remote && !kind_.style.empty()) made.append(" ").append(remote_docs_asset(kind_.style).address);
        made += kind_.policy;
        if (remote) made += kind_.cdn_pictures;
        return made;
    }

    page_kind const& kind_;
    std::string path_;
    std::string folder_;
    std::span<docs_asset const> assets_;
    docs_page made_;
};

void check_address(std::string_view member, std::string const& address)
{
    if (address.empty()) return;
    bool const is_path = address.front() == '/' && !address.starts_with("//");
    if (is_path && address.find_first_of("{}?#") == std::string::npos) return;
    throw std::invalid_argument("app_info::" + std::string{member} + " is \"" + address +
                                "\": it must be a path like \"/docs\", without parameters, or empty");
}

void check(docs_settings const& settings)
{
    check_address("openapi_url", settings.openapi_url);
    check_address("docs_url", settings.docs_url);
    check_address("redoc_url", settings.redoc_url);
    std::pair<std::string_view, std::string_view> const addresses[] = {{"openapi_url", settings.openapi_url},
                                                                       {"docs_url", settings.docs_url},
                                                                       {"redoc_url", settings.redoc_url}};
    for (auto const& one : addresses) {
        for (auto const& other : addresses) {
            if (&one < &other && !one.second.empty() && one.second == other.second)
                throw std::invalid_argument("app_info::" + std::string{one.first} + " and " +
                                            std::string{other.first} + " are both \"" +
                                            std::string{one.second} + '"');
        }
    }
    if (settings.swagger_ui_parameters.empty()) return;
    model::json_document parameters;
    if (parameters.parse(settings.swagger_ui_parameters) != model::json_outcome::ok ||
        parameters.root().kind() != model::json_kind::object)
        throw std::invalid_argument("app_info::swagger_ui_parameters must be a JSON object");
}

} // namespace

std::vector<docs_page> make_docs_pages(docs_settings const& settings, std::span<docs_asset const> assets)
{
    check(settings);
    std::vector<docs_page> pages;
    if (settings.openapi_url.empty()) return pages;
    if (!settings.docs_url.empty()) {
        auto const& title =
            settings.docs_title.empty() ? settings.title + " - Swagger UI" : settings.docs_title;
        pages.push_back(page_builder{swagger_ui, settings.docs_url, assets}.build(title, settings));
    }
    if (!settings.redoc_url.empty()) {
        auto const& title = settings.redoc_title.empty() ? settings.title + " - ReDoc" : settings.redoc_title;
        pages.push_back(page_builder{redoc, settings.redoc_url, assets}.build(title, settings));
    }
    return pages;
}

} // namespace serval::openapi
