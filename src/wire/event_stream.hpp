// Writing the fields of server-sent events (WHATWG HTML section 9.2.5).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace serval::wire {

/// Appends "name: line\n" for each line of `text`, whichever of LF, CR and CRLF ends them; one for no text.
void append_event_field(std::string& out, std::string_view name, std::string_view text);
void append_event_field(std::string& out, std::string_view name, std::int64_t value);

/// True when `text` fits in one field: no line break, nor, where the field is an id, a NUL.
bool is_event_name(std::string_view text) noexcept;
bool is_event_id(std::string_view text) noexcept;

} // namespace serval::wire
