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
struct request_context; // src/handler/request_context.hpp

/// A registered exception handler.
struct exception_answer {
    /// Answers an exception when it is of the handler's type; else returns false.
    std::function<bool(std::exception_ptr const&, request&, response&)> answer;
    /// Throws a null pointer to the handler's type.
    void (*throw_pointer)();
    /// True when what is thrown is a pointer to the handler's type, or to one that is derived from it: the
    /// only way to ask that of types which no one place knows.
    bool (*catches)(void (*throw_pointer)());
    bool any; ///< it takes every std::exception: what it answers was not expected
};
} // namespace detail

/// The rest of the chain, as a middleware calls it: `response answer = co_await next(request);`.
///
/// A small value; call it at most once. Not calling it answers without the handler. An `http_error` or an
/// exception with a registered handler that the inside throws comes back as a response; any other exception
/// passes through.
class next {
public:
    next(detail::request_context& x, std::size_t index) noexcept : exchange_{&x}, index_{index} {}

    task<response> operator()(request& r) const;

private:
    detail::request_context* exchange_;
    std::size_t index_;
};

} // namespace serval
