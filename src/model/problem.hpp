// What is wrong with one value, and the result of a conversion: the value or its problem.
#pragma once

#include <boost/system/result.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace serval::model {

/// One validation error, without its place: a 422 item's `type`, `msg` and `ctx`, word for word as pydantic.
struct problem {
    std::string type;    ///< such as `int_parsing`
    std::string message; ///< such as `Input should be a valid integer`
    std::string context; ///< JSON object text for `ctx`: `{"error":"input is too short"}`; empty: none

    problem() = default;

    // Not an aggregate: one could be made from a string alone, which makes outcome<std::string> ambiguous.
    problem(std::string what_type, std::string what_message, std::string what_context = {})
        : type(std::move(what_type)),
          message(std::move(what_message)),
          context(std::move(what_context))
    {}

    friend bool operator==(problem const&, problem const&) = default;
};

/// A converted value, or what is wrong with the input.
template <class T>
using outcome = boost::system::result<T, problem>;

/// A problem without `ctx`.
problem make_problem(std::string_view type, std::string_view message);

/// A problem whose message is `prefix` + `reason` and whose `ctx` is `{"<key>":"<reason>"}`.
problem make_problem(std::string_view type, std::string_view prefix, std::string_view key,
                     std::string_view reason);

/// What `outcome::value()` throws when there is none: std::logic_error with the message.
[[noreturn]] void throw_exception_from_error(problem const& what, boost::source_location const& where);

} // namespace serval::model
