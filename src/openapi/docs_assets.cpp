// Swagger UI and ReDoc: what the documentation pages are made of.
#include "openapi/docs_assets.hpp"

namespace serval::openapi {

namespace {

// jsDelivr serves the files of npm packages as they are.
constexpr remote_asset swagger_ui_script{
    "https://cdn.jsdelivr.net/npm/swagger-ui-dist@5.35.0/swagger-ui-bundle.js",
    "sha384-gjRm0bEPMeTmMh5jT2cHccIwCUZSTd8YC+j0d0sXw0MdGEfScduGpSyF3ZSSLkX9"};
constexpr remote_asset swagger_ui_style{
    "https://cdn.jsdelivr.net/npm/swagger-ui-dist@5.35.0/swagger-ui.css",
    "sha384-WlYgdmXYOOBWL5apwjDEZwN+U3HmXSSu5R6V5aGxEcf7z+KuRNwBhoxKVN1i3D5I"};
constexpr remote_asset redoc_script{
    "https://cdn.jsdelivr.net/npm/redoc@2.5.4/bundles/redoc.standalone.js",
    "sha384-w447zOpYfw/1Tv/5AK9NfHTlQIqE3RVR6KY62jCyy9zNDgO64cMwGGP1Fj0zJVf5"};

} // namespace

std::span<docs_asset const> docs_assets() noexcept
{
#ifdef SERVAL_DOCS_EMBEDDED
    return embedded_docs_assets();
#else
    return {};
#endif
}

remote_asset remote_docs_asset(std::string_view name) noexcept
{
    if (name == "swagger-ui.css") return swagger_ui_style;
    return name == "redoc.standalone.js" ? redoc_script : swagger_ui_script;
}

} // namespace serval::openapi
