// Conditional requests: preconditions and the validators that they are compared with (RFC 9110 section 13).
#pragma once

#include <ctime>
#include <optional>
#include <string_view>

namespace serval::wire {

/// The fields of a request that make it conditional; those that were not sent are empty.
///
/// Field lines of the same name are joined by a comma first (RFC 9110 section 5.3).
struct preconditions {
    std::optional<std::string_view> if_match = {};
    std::optional<std::string_view> if_unmodified_since = {};
    std::optional<std::string_view> if_none_match = {};
    std::optional<std::string_view> if_modified_since = {};
    std::optional<std::string_view> if_range = {};
};

/// What identifies a representation that exists.
struct validators {
    std::string_view etag;                         ///< as in the ETag field: `"x"` or `W/"x"`; empty: none
    std::optional<std::time_t> last_modified = {}; ///< as in the Last-Modified field
    /// Of the answer. The file may change again in the second in which it was modified, and keep its date.
    std::time_t now = {};
};

enum class precondition_outcome {
    proceed,
    not_modified, ///< 304
    failed,       ///< 412
};

struct precondition_result {
    precondition_outcome outcome = precondition_outcome::proceed;
    /// False: a Range field is to be ignored, because If-Range names another version.
    bool range_applies = true;
};

/// Evaluates `fields` in the order of RFC 9110 section 13.2.2. `safe` is true for GET and HEAD.
///
/// If-Match compares strongly, If-None-Match weakly; a list with anything but entity tags in it matches
/// nothing. Dates that are none are ignored; If-Modified-Since is so for other methods than GET and HEAD,
/// too. If-Range wants the strong tag or exactly the date of Last-Modified, at least a second before `now`
/// (RFC 9110 sections 13.1.5 and 8.8.2.2): else parts of two versions could be joined.
precondition_result evaluate(preconditions const& fields, validators const& current, bool safe) noexcept;

} // namespace serval::wire
