// Handler parameters: where a value comes from, what it is called, of which type it is and what bounds it.
#pragma once

#include <serval/constraints.hpp>
#include <serval/detail/fixed_string.hpp>
#include <serval/detail/function_traits.hpp>
#include <serval/upload_file.hpp>

#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

namespace serval::params {

using serval::def;
using serval::def_empty;
using serval::doc;
using serval::ge;
using serval::gt;
using serval::le;
using serval::lt;
using serval::max_length;
using serval::min_length;
using serval::multiple_of;
using serval::pattern;

/// A parameter is told by it.
class any_parameter {};

/// What all parameters have in common: a value of type `T`, reached by `*`, `->` or conversion.
template <class T>
class parameter : public any_parameter {
public:
    using value_type = T;

    explicit parameter(T value) : value_(std::move(value)) {}

    T& operator*() noexcept { return value_; }
    T const& operator*() const noexcept { return value_; }
    T* operator->() noexcept { return std::addressof(value_); }
    T const* operator->() const noexcept { return std::addressof(value_); }
    operator T const&() const noexcept { return value_; }
    T& value() noexcept { return value_; }
    T const& value() const noexcept { return value_; }

private:
    T value_;
};

/// The path segment `{Name}` of the route's pattern, percent-decoded. Always required.
///
/// A route whose pattern has no `{Name}` is refused at registration.
template <detail::fixed_string Name, class T, auto... Options>
class path : public parameter<T> {
public:
    using parameter<T>::parameter;
};

/// The query parameter `Name`. Required unless it has `def(…)` or `T` is a `std::optional`.
///
/// The last duplicate wins; a `std::vector` takes all of them in order. Errors: 422 with `loc` `["query",
/// Name]`.
template <detail::fixed_string Name, class T, auto... Options>
class query : public parameter<T> {
public:
    using parameter<T>::parameter;
};

/// The request header field `Name`, in any case; an underscore in `Name` stands for a hyphen, as in FastAPI.
template <detail::fixed_string Name, class T, auto... Options>
class header : public parameter<T> {
public:
    using parameter<T>::parameter;
};

/// The cookie `Name`.
template <detail::fixed_string Name, class T, auto... Options>
class cookie : public parameter<T> {
public:
    using parameter<T>::parameter;
};

/// The JSON body as a `T`: a model, a container, a scalar or, with <serval/json.hpp>, `serval::json`.
///
/// `body<T>` alone is the whole body. With a name, or with more than one body parameter, the body is an
/// object and each parameter is one of its keys (FastAPI's embedding): `body<item, "item">`, `body<user,
/// "user">`. Accepted media types: application/json and application/*+json. At most the route's `max_body`
/// bytes (else 413) and 64 levels of nesting (else 400). Malformed JSON: 422 `json_invalid`.
template <class T, detail::fixed_string Name = "", auto... Options>
class body : public parameter<T> {
public:
    using parameter<T>::parameter;
};

/// All query parameters that are members of model `T`, as one value.
template <class T>
class query_model : public parameter<T> {
public:
    using parameter<T>::parameter;
};

/// All header fields that are members of model `T` (underscores stand for hyphens), as one value.
template <class T>
class header_model : public parameter<T> {
public:
    using parameter<T>::parameter;
};

/// The form field `Name`, of a multipart/form-data or application/x-www-form-urlencoded body.
///
/// Required unless it has `def(…)` or `T` is a `std::optional`; a field left empty counts as absent, whatever
/// `T` is (FastAPI's rule). The last duplicate wins; a `std::vector` takes all of them in order. Errors: 422
/// with `loc` `["body", Name]`; a body of another media type is a form without fields. Limits:
/// `serval::limits`, `route::max_body`.
template <detail::fixed_string Name, class T, auto... Options>
class form : public parameter<T> {
public:
    using parameter<T>::parameter;
};

/// The file of the form field `Name`; `T` is upload_file, std::string, `std::vector<std::byte>`, or a
/// `std::optional` of one.
///
/// The file has been received in full: small ones are in memory, others in an unlinked temporary file (see
/// `limits::file_memory`). A field that was sent as text is a 422 `value_error`.
///
/// A std::string or `std::vector<std::byte>` is the whole content, always in memory, FastAPI's `bytes`; it
/// takes text that was sent in the field, too. It is bounded as any file (`limits::multipart_body`, or the
/// route's `max_body` and `max_file_size`; beyond: 413).
template <detail::fixed_string Name, class T = upload_file>
class file : public parameter<T> {
public:
    using parameter<T>::parameter;
};

/// All files of the form field `Name`, in order. Required, so at least one, unless there is the option
/// `def_empty` or `T` is `std::optional<std::vector<upload_file>>`; `min_length` and `max_length` bound how
/// many.
template <detail::fixed_string Name, class T = std::vector<upload_file>, auto... Options>
class files : public parameter<T> {
public:
    using parameter<T>::parameter;
};

/// All form fields that are members of model `T`, as one value; members may be upload_file, lists of them, or
/// optional ones.
template <class T>
class form_model : public parameter<T> {
public:
    using parameter<T>::parameter;
};

/// The value of dependency `Function`: a plain or coroutine function whose own parameters are parameters as
/// these.
///
/// Runs once a request however often it is asked for, before the handler's other parameters are looked at; a
/// plain function runs on the thread pool. This is a pointer to its value, which lives until the response is
/// sent and the request's background tasks have ended: destructors are what FastAPI's `yield` dependencies do
/// after theirs. They run in the reverse order of making, the value of a plain function on the thread pool,
/// and never before what may use it: a stream's generator, a background task that was given a pointer. Errors
/// of its parameters join the one 422; an exception answers the request. Tests replace it with
/// `app::override_dependency`.
template <auto Function>
class depends {
public:
    using value_type = typename serval::detail::function_result<decltype(Function)>::type;

    explicit depends(value_type* value) noexcept : value_{value} {}

    value_type& operator*() const noexcept { return *value_; }
    value_type* operator->() const noexcept { return value_; }

private:
    value_type* value_;
};

} // namespace serval::params

#include <serval/detail/parameter_hints.hpp> // IWYU pragma: export
