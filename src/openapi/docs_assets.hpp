// Swagger UI and ReDoc: what the documentation pages are made of.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace serval::openapi {

// These stand in cmake/ServalDocsAssets.cmake, too, with the hashes of the packages. tests/lint checks them.
inline constexpr std::string_view swagger_ui_version = "5.35.0";
inline constexpr std::string_view redoc_version = "2.5.4";

/// One file of an npm package, embedded.
struct docs_asset {
    std::string_view name; ///< "swagger-ui.css"
    std::string_view hash; ///< of the content: 32 hexadecimal digits
    std::string_view gzip; ///< the content, compressed; static storage
    std::uint64_t size;    ///< of the content
};

/// The files that were embedded when serval was built; empty when they were not (SERVAL_DOCS_ASSETS), and the
/// pages have to name a CDN.
std::span<docs_asset const> docs_assets() noexcept;

/// The same in the static library serval::docs_assets, which is not there in that case.
std::span<docs_asset const> embedded_docs_assets() noexcept;

/// A file on a CDN, and the hash that a browser wants it to have (W3C Subresource Integrity).
struct remote_asset {
    std::string_view address;
    std::string_view integrity;
};

/// Where `name`, one of swagger-ui-bundle.js, swagger-ui.css and redoc.standalone.js, can be had from.
remote_asset remote_docs_asset(std::string_view name) noexcept;

} // namespace serval::openapi
