// A request head from its text, in one piece.
#pragma once

#include "wire/head_parser.hpp"

#include <string_view>

namespace serval::test {

/// Parses `text`, which must be one head and nothing else (else bad_field). `out` has views into it.
inline wire::error parse_head(std::string_view text, wire::request_head& out) noexcept
{
    wire::head_limits const limits{.request_line = 1 << 20, .block = 1 << 20, .fields = out.max_fields};
    wire::head_parser parser{limits};
    using state = wire::head_parser::state;
    state const reached = parser.parse(text, out);
    if (reached == state::failed) return parser.failure();
    return reached == state::complete && parser.end() == text.size() ? wire::error::none
                                                                     : wire::error::bad_field;
}

} // namespace serval::test
