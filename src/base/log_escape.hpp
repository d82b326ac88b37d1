// Making text that a client controls safe for a log line.
#pragma once

#include <string>
#include <string_view>

namespace serval::base {

/// Appends `text` so that it can stand between quotes in a log line.
///
/// As \xNN, byte for byte: control characters, format characters (the bidirectional controls, joiners, tags),
/// line and paragraph separators, and what else is not seen, such as fillers and variation selectors (all of
/// which make a terminal or a log viewer show what is not there, or not show what is), `"`, `\`, and bytes
/// that are not UTF-8. Other text stays.
void append_log_escaped(std::string& out, std::string_view text);

/// The same, but `"` and `\` stay: for whole messages, whose parts may be escaped already.
void append_log_printable(std::string& out, std::string_view text);

/// True when `append_log_printable` would change nothing and `text` is ASCII. Fast.
bool is_plain_log_text(std::string_view text) noexcept;

} // namespace serval::base
