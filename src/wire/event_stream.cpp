#include "wire/event_stream.hpp"

namespace serval::wire {

void append_event_field(std::string& out, std::string_view name, std::string_view text)
{
    for (;;) {
        auto const end = text.find_first_of("\r\n");
        out.append(name).append(": ").append(text.substr(0, end)).append("\n");
        if (end == std::string_view::npos) return;
        bool const crlf = text.substr(end, 2) == "\r\n";
        text.remove_prefix(end + (crlf ? 2 : 1));
    }
}

void append_event_field(std::string& out, std::string_view name, std::int64_t value)
{
    out.append(name).append(": ").append(std::to_string(value)).append("\n");
}

bool is_event_name(std::string_view text) noexcept
{
    return text.find_first_of("\r\n") == std::string_view::npos;
}

bool is_event_id(std::string_view text) noexcept
{
    return is_event_name(text) && text.find('\0') == std::string_view::npos;
}

} // namespace serval::wire
