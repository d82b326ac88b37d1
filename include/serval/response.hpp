// The response that a handler returns or serval makes of what it returned.
#pragma once

#include <serval/headers.hpp>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace serval {

namespace detail {

class body_producer; // src/http/body_producer.hpp
struct type_table;   // detail/type_table.hpp

/// What is sent as content-type: one of the two that nearly every response has costs no string.
enum class content_kind : unsigned char { none, json, text, custom };

/// Writes a `T` as JSON. Defined in <serval/detail/json_body.hpp>, which every header of handlers includes.
template <class T>
struct json_body;

template <class T>
inline constexpr bool is_text = std::is_convertible_v<T const&, std::string_view>;

/// `{{"id", 1}}`, which would be read as the two arguments of a std::string.
struct braced_value {
    template <class T>
    braced_value(T const&);
};
using braced_members = std::initializer_list<std::initializer_list<braced_value>>;

template <class T>
consteval void refuse_braces()
{
    static_assert(!std::is_void_v<T>, "serval: braces alone are no JSON: write serval::json{{\"id\", 1}}");
}

} // namespace detail

/// A response: status, fields, and a body that is in memory or, from `streaming_response` and
/// `file_response`, made while it is sent.
///
/// Handlers return one when a plain value is not enough. `content-type` is kept apart from the other fields;
/// empty: none is sent. One that is put among `headers` all the same takes its place: a single field is sent.
/// Framing fields are serval's. A status outside 200–599 (1xx are never final) throws
/// `std::invalid_argument`.
class response {
public:
    response() = default;
    explicit response(int status) { this->status(status); }
    response(int status, std::string body, std::string_view content_type = "text/plain; charset=utf-8");
    /// `value`, a model, a container or a `serval::json`, as JSON, written as if the handler had given it.
    /// Throws std::domain_error, which is answered with 500, for a NaN or an infinity.
    template <class T>
        requires(!detail::is_text<T>)
    response(int status, T const& value, std::string_view content_type = "application/json")
        : response(status, detail::json_body<T>::text(value), content_type)
    {}
    template <class T = void>
    response(int status, detail::braced_members, std::string_view = {}) : response(status)
    {
        detail::refuse_braces<T>();
    }

    int status() const noexcept { return status_; }
    response& status(int code);

    std::string const& body() const noexcept { return body_; }
    /// The body, to be filled in place.
    std::string& body() noexcept { return body_; }
    response& body(std::string text)
    {
        producer_.reset();
        body_ = std::move(text);
        return *this;
    }
    /// For none but text: `response(status, value)` sends JSON.
    template <class T>
        requires(!detail::is_text<T>)
    response& body(T const&)
    {
        static_assert(
            !std::is_same_v<T, T>,
            "serval: response::body takes text: serval::response(status, value) sends a value as JSON");
        return *this;
    }

    /// True when the body is made while it is sent: `body()` is empty then, and middleware leaves it alone.
    bool streamed() const noexcept { return producer_ != nullptr; }

    /// The length of a streamed body, sent as `content-length` instead of chunked coding.
    ///
    /// It is enforced: a stream that gives less or more ends the connection, after this many bytes at most,
    /// and is logged.
    /// `std::nullopt`: none, as at first.
    response& content_length(std::optional<std::uint64_t> bytes)
    {
        stated_length_ = bytes;
        return *this;
    }
    std::optional<std::uint64_t> content_length() const noexcept { return stated_length_; }

    /// Whether a streamed body ends in good order when the server begins to drain, where it is, instead of
    /// being waited for until the deadline: what makes it is cancelled, and the end is sent. For streams that
    /// have no end of their own. Default: true for text/event-stream, whose clients connect again, else
    /// false.
    response& end_on_drain(bool yes = true)
    {
        end_on_drain_ = yes;
        return *this;
    }
    bool ends_on_drain() const noexcept;

    /// What is sent as `content-type`: the first of that name in `headers`, else what was set here.
    std::string_view content_type() const noexcept;
    /// Replaces one in `headers`, too. Refuses control characters as `headers` does.
    response& content_type(std::string_view type);

    serval::headers const& headers() const noexcept { return headers_; }
    serval::headers& headers() noexcept { return headers_; }
    /// Sets a field; see `headers::set`. "content-type" sets the content type.
    response& header(std::string_view name, std::string_view value);

    /// Adds a `set-cookie` field (RFC 6265 section 4.1): `attributes` as written there, e.g. "Path=/;
    /// HttpOnly".
    ///
    /// A value with characters that cookies may not have is quoted as Python's http.cookies does;
    /// `request::cookie` undoes that. Throws `std::invalid_argument` when `name` is no token or `attributes`
    /// has a control character.
    response& cookie(std::string_view name, std::string_view value, std::string_view attributes = {});

    /// Makes this an empty 200 again and keeps the body's memory, unless it is more than 64 KiB.
    void clear() noexcept;

    /// For serval's own kinds of streams. Copies of a response share the producer, which can be sent once.
    std::shared_ptr<detail::body_producer> const& producer() const noexcept { return producer_; }
    response& producer(std::shared_ptr<detail::body_producer> made);

    /// For serval's own use: the type as which a handler's value is written (`route::response_model`); null:
    /// as its own.
    detail::type_table const* declared() const noexcept { return declared_; }
    void declared(detail::type_table const* type) noexcept { declared_ = type; }
    /// For serval's own use: `content_type` without a look at a text. Not `custom`.
    void content_type(detail::content_kind kind) noexcept
    {
        kind_ = kind;
        if (!headers_.empty()) headers_.erase("content-type");
    }

private:
    static constexpr std::size_t max_kept_body = 64 * 1024;

    int status_ = 200;
    detail::content_kind kind_ = detail::content_kind::none;
    std::string custom_type_;
    serval::headers headers_;
    std::string body_;
    std::shared_ptr<detail::body_producer> producer_;
    detail::type_table const* declared_ = nullptr;
    std::optional<std::uint64_t> stated_length_;
    std::optional<bool> end_on_drain_;
};

/// A redirect: bytes of `location` that no URI reference may have become %XX; existing escapes stay.
///
/// Throws `std::invalid_argument` for a line break in `location` and for a status outside 300–399. An
/// application that redirects to where a client says must check that first: any host is let through.
response redirect(std::string_view location, int status = 307);

} // namespace serval
