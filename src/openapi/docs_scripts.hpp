// The scripts that start Swagger UI and ReDoc: files of their own, since the pages' policy allows no others.
#pragma once

#include <string_view>

namespace serval::openapi {

// FastAPI's settings. The validator's badge would send the address of the document to another host.
inline constexpr std::string_view swagger_ui_start = R"("use strict";
document.body.style.margin = 0;
const page = document.getElementById("swagger-ui");
window.ui = SwaggerUIBundle({
    url: new URL(page.dataset.openapiUrl, document.baseURI).pathname, // as it is shown
    domNode: page,
    layout: "BaseLayout",
    deepLinking: true,
    showExtensions: true,
    showCommonExtensions: true,
    validatorUrl: null,
    ...JSON.parse(page.dataset.parameters),
});
)";

inline constexpr std::string_view redoc_start = R"("use strict";
document.body.style.margin = 0;
const page = document.getElementById("redoc");
Redoc.init(new URL(page.dataset.openapiUrl, document.baseURI).pathname, {}, page);
)";

} // namespace serval::openapi
