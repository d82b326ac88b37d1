// The characters under JSON: the encodings that json.loads detects.
#pragma once

#include "base/json_escape.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace serval::model {

using base::find_escape;

/// The text in `bytes` as valid UTF-8 without a byte order mark; nullopt when it cannot be decoded.
///
/// The encoding is told from the mark or the zero bytes, as Python's json.detect_encoding does (RFC 4627
/// section 3). UTF-8 is viewed in place; UTF-16 and UTF-32 are transcoded into `storage`. Unpaired surrogates
/// are not accepted.
std::optional<std::string_view> decode_json_bytes(std::string_view bytes, std::string& storage);

} // namespace serval::model
