// How the values of a stream become bytes.
// layer: handler
#pragma once

#include <serval/detail/generator_promise.hpp>
#include <serval/detail/type_of.hpp>
#include <serval/sse_event.hpp>

#include <concepts>
#include <functional>
#include <memory>
#include <optional>
#include <ranges>
#include <string>
#include <string_view>
#include <utility>

namespace serval {
class response;
class response_writer;
} // namespace serval

namespace serval::http {
class body_sink;
}

namespace serval::detail {

/// What a generator yields, and how that is written.
struct stream_item {
    /// The text of a value: a view of it, or of `scratch`. Null for what is written as JSON.
    std::string_view (*text)(void const* value, std::string& scratch);
    type_table const* type; ///< of that
    std::string_view media_type;
    bool events;
};

std::string_view event_text(void const* value, std::string& scratch);

template <class T>
struct stream_item_traits {
    static constexpr stream_item item{nullptr, &type_of<T>(), "application/x-ndjson", false};
};
template <class T>
    requires std::convertible_to<T const&, std::string_view>
struct stream_item_traits<T> {
    static std::string_view text(void const* value, std::string&) { return *static_cast<T const*>(value); }
    static constexpr stream_item item{&text, nullptr, "text/plain", false};
};
template <>
struct stream_item_traits<sse_event> {
    static constexpr stream_item item{&event_text, nullptr, "text/event-stream", true};
};

/// A range that is iterated step by step, by one thread at a time.
class item_source {
public:
    virtual ~item_source() = default;
    /// The next element; empty at the end. The view is valid until the next call.
    virtual std::optional<std::string_view> next() = 0;
};

template <class R>
class range_items final : public item_source {
public:
    explicit range_items(R items) : items_(std::move(items)) {}

    std::optional<std::string_view> next() override
    {
        if (at_) {
            ++*at_;
        } else {
            at_.emplace(std::ranges::begin(items_));
        }
        if (*at_ == std::ranges::end(items_)) return std::nullopt;
        if constexpr (std::is_reference_v<std::ranges::range_reference_t<R>>) {
            return std::string_view{**at_};
        } else {
            value_.emplace(**at_);
            return std::string_view{*value_};
        }
    }

private:
    R items_;
    std::optional<std::ranges::iterator_t<R>> at_;
    std::optional<std::ranges::range_value_t<R>> value_; // of a range that makes its elements
};

void store_stream(response& out, any_generator body, stream_item const& item, std::string_view media_type);
void store_written_stream(response& out, std::function<task<void>(response_writer&)> write_body,
                          std::string_view media_type);
void store_range_stream(response& out, std::unique_ptr<item_source> items, std::string_view media_type);

} // namespace serval::detail
