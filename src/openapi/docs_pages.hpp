// The documentation pages: Swagger UI and ReDoc, showing the application's OpenAPI document.
#pragma once

#include "openapi/docs_assets.hpp"
#include "openapi/docs_file.hpp"

#include <span>
#include <string>
#include <vector>

namespace serval::openapi {

/// What an application says of its pages; see serval::app_info.
struct docs_settings {
    std::string title;
    std::string openapi_url;   ///< empty: no pages
    std::string docs_url;      ///< empty: no Swagger UI
    std::string redoc_url;     ///< empty: no ReDoc
    std::string docs_title{};  ///< empty: `title` + " - Swagger UI"
    std::string redoc_title{}; ///< empty: `title` + " - ReDoc"
    std::string swagger_ui_parameters{};
    /// The document's servers: Swagger UI may send requests to those that are on other hosts, too.
    std::vector<std::string> servers{};
};

/// A page, and the files that it needs and nothing else does.
struct docs_page {
    docs_file page;
    std::vector<docs_file> files;
};

/// The pages that `settings` ask for, of `assets` or, when those are empty, with files of a CDN.
///
/// All addresses in them are relative, so that they work below any prefix of a proxy.
/// Throws std::invalid_argument, naming the member of app_info, for an address that does not start with '/'
/// or has parameters, for two that are equal, and for `swagger_ui_parameters` that are no JSON object.
std::vector<docs_page> make_docs_pages(docs_settings const& settings, std::span<docs_asset const> assets);

} // namespace serval::openapi
