// The exception that a handler throws to answer with a status.
#pragma once

#include <serval/headers.hpp>
#include <serval/response.hpp>

#include <exception>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace serval {

/// Answers the request with `status` and the JSON body `{"detail": …}`; FastAPI's HTTPException.
///
/// Statuses without a body (204, 304) send none. Thrown by handlers, dependencies and middleware.
class http_error : public std::exception {
public:
    /// `detail` is text; without it the status's standard phrase ("Not Found") stands there.
    explicit http_error(int status) : http_error{status, std::string_view{}} {}
    http_error(int status, std::string_view detail, serval::headers headers = {});

    /// `detail` is JSON text, written as it is: `http_error::with_json(418, R"({"a":1})")`.
    static http_error with_json(int status, std::string json_detail, serval::headers headers = {});
    /// `detail` is `value`, a model, a container or a `serval::json`, as JSON.
    template <class T>
        requires(!detail::is_text<T>)
    static http_error with_json(int status, T const& value, serval::headers headers = {})
    {
        return with_json(status, detail::json_body<T>::text(value), std::move(headers));
    }
    template <class T = void>
    static http_error with_json(int status, detail::braced_members, serval::headers = {})
    {
        detail::refuse_braces<T>();
        return http_error(status);
    }

    int status() const noexcept { return status_; }
    /// The `detail` as JSON text.
    std::string const& json_detail() const noexcept { return json_detail_; }
    serval::headers const& headers() const noexcept { return headers_; }
    char const* what() const noexcept override { return what_.c_str(); }

private:
    int status_;
    std::string json_detail_;
    std::string what_;
    serval::headers headers_;
};

namespace detail {

/// True when `thrown` is an http_error.
bool is_http_error(std::exception_ptr const& thrown) noexcept;

} // namespace detail

} // namespace serval
