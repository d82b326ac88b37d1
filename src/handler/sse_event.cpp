#include "wire/event_stream.hpp"

#include <serval/detail/stream_item.hpp>
#include <serval/sse_event.hpp>

#include <stdexcept>

namespace serval {

sse_event& sse_event::event(std::string name)
{
    if (!wire::is_event_name(name)) throw std::invalid_argument("sse_event: a name has no line breaks");
    event_ = std::move(name);
    return *this;
}

sse_event& sse_event::id(std::string id)
{
    if (!wire::is_event_id(id)) throw std::invalid_argument("sse_event: an id has no line breaks and no NUL");
    id_ = std::move(id);
    return *this;
}

sse_event& sse_event::retry(std::chrono::milliseconds delay)
{
    if (delay.count() < 0) throw std::invalid_argument("sse_event: retry is negative");
    retry_ = delay;
    return *this;
}

sse_event& sse_event::comment(std::string text)
{
    comment_ = std::move(text);
    return *this;
}

namespace detail {

/// In FastAPI's order of fields.
std::string_view event_text(void const* value, std::string& scratch)
{
    auto const& event = *static_cast<sse_event const*>(value);
    scratch.clear();
    if (event.comment()) wire::append_event_field(scratch, "", *event.comment());
    if (event.event()) wire::append_event_field(scratch, "event", *event.event());
    if (event.data()) wire::append_event_field(scratch, "data", *event.data());
    if (event.id()) wire::append_event_field(scratch, "id", *event.id());
    if (event.retry()) wire::append_event_field(scratch, "retry", event.retry()->count());
    scratch += '\n';
    return scratch;
}

} // namespace detail

} // namespace serval
