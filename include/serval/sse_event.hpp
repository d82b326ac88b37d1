// Server-sent events: what a generator of a text/event-stream yields.
// layer: handler
#pragma once

#include <serval/detail/json_body.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace serval {

/// One event of a `generator<sse_event>` (WHATWG HTML section 9.2; FastAPI: Server-Sent Events).
///
///     co_yield serval::sse_event("42").event("tick").id("7");
///     co_yield serval::sse_event::json(reading);
///
/// Data of several lines (ended by LF, CR or CRLF) is sent as several `data` fields, which the browser joins.
/// A name or id with a line break throws `std::invalid_argument`, as does an id with a NUL. Such a stream has
/// `cache-control: no-cache` and `x-accel-buffering: no`, and is kept alive by a comment, ": ping", whenever
/// nothing was sent for 15 s. A browser that reconnects sends the last id in `Last-Event-ID`:
/// `header<"last-event-id", std::optional<std::string>>`.
class sse_event {
public:
    /// An event without data: for a comment, or to set `retry` or `id`.
    sse_event() = default;
    explicit sse_event(std::string data) : data_{std::move(data)} {}
    /// For none but text: `sse_event::json(value)` sends JSON.
    template <class T>
        requires(!detail::is_text<T> && !std::is_base_of_v<sse_event, T>)
    explicit sse_event(T const&)
    {
        static_assert(!std::is_same_v<T, T>,
                      "serval: sse_event takes text: serval::sse_event::json(value) sends a value as JSON");
    }

    /// An event whose data is `value` as JSON. Throws std::domain_error for NaN and infinities.
    template <class T>
    static sse_event json(T const& value)
    {
        return sse_event(detail::json_body<T>::text(value));
    }

    /// The type that `addEventListener` names; default: "message".
    sse_event& event(std::string name);
    sse_event& id(std::string id);
    /// How long the browser waits before it reconnects. Default: its own choice, some seconds.
    sse_event& retry(std::chrono::milliseconds delay);
    /// Lines that browsers skip.
    sse_event& comment(std::string text);

    std::optional<std::string> const& data() const noexcept { return data_; }
    std::optional<std::string> const& event() const noexcept { return event_; }
    std::optional<std::string> const& id() const noexcept { return id_; }
    std::optional<std::chrono::milliseconds> retry() const noexcept { return retry_; }
    std::optional<std::string> const& comment() const noexcept { return comment_; }

private:
    std::optional<std::string> data_;
    std::optional<std::string> event_;
    std::optional<std::string> id_;
    std::optional<std::string> comment_;
    std::optional<std::chrono::milliseconds> retry_;
};

} // namespace serval
