// What a handler may give.
// layer: handler
#pragma once

#include <serval/detail/function_traits.hpp>
#include <serval/params.hpp>

#include <type_traits>

namespace serval::detail {

template <class R>
inline constexpr bool is_good_result =
    std::is_void_v<R> || (is_owning_value<R> && !params::is_parameter<R> && !is_task<R>);

/// `type` is what a handler gives once it has been awaited; void for what it must not give, so that there is
/// one error.
template <class R>
struct handler_result {
    static_assert(!std::is_reference_v<R>,
                  "serval: a handler must give a value, not a reference, which might dangle");
    static_assert(!is_view<std::remove_cvref_t<R>>,
                  "serval: a handler must give a std::string or a std::vector, not a view: what it shows may "
                  "be gone when it is sent");
    static_assert(!params::is_parameter<std::remove_cvref_t<R>>,
                  "serval: a handler gives one of its parameters, not its value: a * is missing");
    static_assert(!is_task<R>, "serval: a handler gives a task of a task: a co_await is missing");
    using type = std::conditional_t<is_good_result<R>, R, void>;
};

} // namespace serval::detail
