// Middleware: code around the handlers of an app or a group.
#pragma once

#include <serval/request.hpp>
#include <serval/response.hpp>
#include <serval/task.hpp>

#include <cstddef>
#include <exception>
#include <functional>

namespace serval {

namespace detail {
struct exchange; // src/handler/exchange.hpp

/// Answers an exception when it is of the handler's type; else returns false.
using exception_answer = std::function<bool(std::exception_ptr, request&, response&)>;
} // namespace detail

/// The rest of the chain, as a middleware calls it: `response answer = co_await next(request);`.
///
/// A small value; call it at most once. Not calling it answers without the handler. An `http_error` or an
/// exception with a registered handler that the inside throws comes back as a response; any other exception
/// passes through.
class next {
public:
    next(detail::exchange& x, std::size_t index) noexcept : exchange_{&x}, index_{index} {}

    task<response> operator()(request& r) const;

private:
    detail::exchange* exchange_;
    std::size_t index_;
};

} // namespace serval
