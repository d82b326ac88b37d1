// What an OpenAPI document says of an API besides its operations.
// layer: base
#pragma once

#include <string>

namespace serval {

/// Who answers for the API (OpenAPI 3.1 section 4.8.3); empty members are left out.
struct api_contact {
    std::string name{};
    std::string url{};
    std::string email{};
};

/// The API's licence (OpenAPI 3.1 section 4.8.4): `name`, and either an SPDX `identifier` or a `url`.
struct api_license {
    std::string name{};
    std::string identifier{};
    std::string url{};
};

/// Where the API is served (OpenAPI 3.1 section 4.8.5): an absolute URL, or a path such as "/api" when a
/// proxy adds one.
struct api_server {
    std::string url{};
    std::string description{};
};

/// What a tag of routes means; the pages show tags in the order of these.
struct api_tag {
    std::string name{};
    std::string description{};
};

} // namespace serval
