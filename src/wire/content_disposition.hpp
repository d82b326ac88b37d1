// The Content-Disposition of a part of multipart/form-data (RFC 7578 section 4.2).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace serval::wire {

/// What a part of a form says of itself. Both texts are well-formed UTF-8: ill-formed bytes became U+FFFD.
struct form_disposition {
    std::optional<std::string> name;
    /// As the client sent it, not fit for a path (threats.md row 20). Present but empty for `filename=""`,
    /// which browsers send for a file that was not chosen.
    std::optional<std::string> filename;
};

/// Reads a field value like `form-data; name="a"; filename="b.txt"`; nullopt when it is malformed.
///
/// In quoted values `\"` and `\\` lose the backslash; every other backslash stays, since browsers sent
/// Windows paths without escapes. Nothing is percent-decoded (RFC 7578 section 4.2) but `filename*`
/// (RFC 8187; UTF-8 and ISO-8859-1), which wins over `filename`. Unknown parameters are checked and dropped.
/// Malformed are also a type other than form-data, one of the three parameters given twice, and a control
/// character in a `filename*`. Linear, no backtracking. `value` is free of control bytes other than HTAB.
std::optional<form_disposition> parse_form_disposition(std::string_view value);

} // namespace serval::wire
