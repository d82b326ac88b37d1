// Text as an http or https URL, by the rules and words of pydantic's HttpUrl.
#pragma once

#include "model/problem.hpp"

#include <serval/url.hpp>

#include <string_view>

namespace serval::model {

/// Reads and normalises a URL (WHATWG URL section 4.4, without a base). Problems, the first that holds:
/// `url_too_long` for more than 2083 bytes, `url_parsing` with the reason, `url_scheme`.
outcome<url> parse_url(std::string_view text);

} // namespace serval::model
