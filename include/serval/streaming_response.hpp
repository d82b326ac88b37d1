// Responses whose bodies are made while they are sent.
// layer: handler
#pragma once

#include <serval/detail/stream_item.hpp>
#include <serval/generator.hpp>
#include <serval/response.hpp>
#include <serval/task.hpp>

#include <concepts>
#include <functional>
#include <memory>
#include <optional>
#include <ranges>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace serval {

/// A response that sends what `body` yields, as it is yielded (FastAPI: StreamingResponse).
///
/// `T` is `std::string`, or what converts to `std::string_view` (sent as it is), `sse_event`, or a type that
/// can be written as JSON (a line each). `media_type` becomes the content type, with "; charset=utf-8" for
/// text; its default goes by `T`: text/plain, text/event-stream, application/x-ndjson. Empty: no content
/// type.
///
/// What is yielded without a wait in between is sent together, 64 KiB at most; what is there is sent when the
/// generator waits. When it waits before its first value, the head is held for 50 ms at most. It is asked for
/// the next value only when that is done: a client that reads slowly slows the generator down, and one that
/// reads less than `limits::minimum_rate` ends it. A value larger than that is sent piece by piece. HTTP/1.1
/// clients get chunked coding unless `content_length` states the length, HTTP/1.0 clients a body that ends
/// with the connection, HEAD requests the head only.
///
/// An exception before anything was sent, in the first 50 ms of a wait for the first value, say, is answered
/// as any handler's. Later it is logged, and the connection
/// ends without the last chunk (a body that ends with the connection: by a reset), so that the client sees
/// that something is missing. The handler's time limit counts anew for the stream. When the client leaves,
/// the handler's time limit passes or the server drains beyond its deadline, the generator is cancelled and
/// destroyed, within a second.
template <class T>
response streaming_response(generator<T> body,
                            std::string_view media_type = detail::stream_item_traits<T>::item.media_type)
{
    response made;
    detail::store_stream(made, std::move(body).release(), detail::stream_item_traits<T>::item, media_type);
    return made;
}

/// Sends pieces of a response's body; see `streaming_response`.
class response_writer {
public:
    explicit response_writer(http::body_sink& sink) noexcept : sink_{&sink} {}
    response_writer(response_writer const&) = delete;
    response_writer& operator=(response_writer const&) = delete;

    /// Hands over `bytes`, which must live until this completes. They are sent when the caller waits for
    /// something else, or when 64 KiB have come together: then this waits until the client has read enough.
    ///
    /// Throws boost::system::system_error when the request is cancelled, the client has left, say.
    task<void> write(std::string_view bytes);
    /// Waits until all that was written has been handed to the system.
    task<void> flush();

private:
    task<void> take_turn();

    http::body_sink* sink_;
    unsigned steps_ = 0; // since others had their turn
};

/// A response that sends what a coroutine function writes: for code that calls back, where a generator does
/// not fit. `write_body` is kept until the response is done, so it may capture.
///
///     return serval::streaming_response(
///         [report](serval::response_writer& out) -> serval::task<> { co_await report->print(out); },
///         "text/csv");
///
/// Else as for generators.
template <class F>
    requires std::invocable<F&, response_writer&>
response streaming_response(F write_body, std::string_view media_type)
{
    static_assert(std::same_as<std::invoke_result_t<F&, response_writer&>, task<void>>,
                  "serval: what writes a streaming_response must be a coroutine, task<void>; give a range to "
                  "stream from plain code");
    response made;
    detail::store_written_stream(made, std::function<task<void>(response_writer&)>{std::move(write_body)},
                                 media_type);
    return made;
}

/// A response that sends the elements of a range, strings or what converts to `std::string_view`: plain,
/// blocking code, a generator library's coroutine or a view for instance.
///
/// The range is iterated on the thread pool. Each element is sent when it is there; iteration pauses, and
/// gives its thread back, while 64 KiB wait for the client. A cancelled one is destroyed after its current
/// step. It is iterated after the handler has returned: a view must own what it shows, as
/// `std::ranges::owning_view` does. Else as for generators.
template <std::ranges::input_range R>
    requires std::convertible_to<std::ranges::range_reference_t<R>, std::string_view> &&
             (!std::convertible_to<R, std::string_view>)
response streaming_response(R items, std::string_view media_type = "text/plain")
{
    static_assert(!std::ranges::borrowed_range<R>,
                  "serval: a streamed range is iterated after the handler has "
                  "returned: give the container itself, not a view of it");
    response made;
    detail::store_range_stream(made, std::make_unique<detail::range_items<R>>(std::move(items)), media_type);
    return made;
}

} // namespace serval
