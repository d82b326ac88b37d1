// The Content-Disposition field: that of a part of a form (RFC 7578), and that of a download (RFC 6266).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace serval::wire {

/// What a part of a form says of itself. Both texts are well-formed UTF-8: ill-formed bytes became U+FFFD.
struct form_disposition {
    std::optional<std::string> name;
    /// As the client sent it, not fit for a path. Present but empty for `filename=""`,
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

/// The value for a response, e.g. `attachment; filename="a.txt"`.
///
/// `type` is a token. `filename` goes through `base::safe_file_name`: no directories, no control characters.
/// Names with more than letters, digits and `-._~` are sent as `filename*=utf-8''a%20b.txt` alone, as
/// Starlette does: there is nothing to escape, and no client from this century needs the other form. An empty
/// name is left out.
std::string format_disposition(std::string_view type, std::string_view filename);

} // namespace serval::wire
