// Errors are written as they are found: on the way to a 422 nothing else needs their parts.
#include "model/validation_errors.hpp"

#include "model/json_writer.hpp"

namespace serval::model {
namespace {

/// A client's key may be as long as its body, and stands in each error below it.
std::string shown_key(std::string_view key)
{
    if (key.size() <= validation_errors::max_key) return std::string{key};
    std::size_t end = validation_errors::max_key;
    while (end != 0 && (static_cast<unsigned char>(key[end]) & 0xC0U) == 0x80U)
        --end; // whole code points
    return std::string{key.substr(0, end)} + "\u2026";
}

std::string path_of(location const& where)
{
    std::string path = where.parent != nullptr ? path_of(*where.parent) + '.' : std::string{};
    return path += where.is_index ? std::to_string(where.index) : shown_key(where.key);
}

void append_location(std::string& out, location const& where)
{
    if (where.parent != nullptr) {
        append_location(out, *where.parent);
        out += ',';
    }
    if (where.is_index) {
        append_json_int(out, where.index);
    } else {
        append_json_string(out, shown_key(where.key));
    }
}

/// True when `value` surely takes more than `room` bytes. What it says of containers is a lower bound, so
/// that asking is cheap.
bool exceeds(json_view value, std::size_t room) noexcept
{
    switch (value.kind()) {
    case json_kind::string: return value.string().size() > room;
    case json_kind::integer:
    case json_kind::floating: return value.number_text().size() > room;
    case json_kind::array:
    case json_kind::object: return value.size() > room;
    case json_kind::null:
    case json_kind::boolean: break;
    }
    return false;
}

} // namespace

void validation_errors::add(location const& where, problem const& what, error_input const& input)
{
    add(where, what.type, what.message, input, what.context);
}

void validation_errors::add(location const& where, std::string_view type, std::string_view message,
                            error_input const& input, std::string_view context)
{
    if (full()) return;
    if (of_result_) told_ = path_of(where).append(": ").append(message);
    if (count_++ != 0) items_ += ',';
    items_ += R"({"type":)";
    append_json_string(items_, type);
    items_ += R"(,"loc":[)";
    append_location(items_, where);
    items_ += R"(],"msg":)";
    append_json_string(items_, message);
    items_ += R"(,"input":)";
    append_input(input);
    if (!context.empty()) {
        items_ += R"(,"ctx":)";
        items_ += context;
    }
    items_ += '}';
}

void validation_errors::add_missing(location const& where, error_input const& input)
{
    add(where, "missing", "Field required", input);
}

void validation_errors::clear() noexcept
{
    items_.clear();
    count_ = 0;
    mute_ = of_result_;
    told_.clear();
}

validation_errors validation_errors::for_result()
{
    validation_errors made;
    made.of_result_ = true;
    made.mute_ = true;
    return made;
}

std::string validation_errors::body() const
{
    std::string out;
    out.reserve(items_.size() + 13);
    out += R"({"detail":[)";
    out += items_;
    out += "]}";
    return out;
}

void validation_errors::append_input(error_input const& input)
{
    std::size_t const begin = items_.size();
    std::size_t const room = begin < max_bytes ? max_bytes - begin : 0;
    if (!mute_ && append_fitting(input, room) && items_.size() - begin <= room) return;
    // From here on nothing is echoed: rendering what does not fit would cost time for each error.
    mute_ = true;
    items_.resize(begin);
    items_ += "null";
}

/// False, and nothing is appended, when it would surely take more than `room` bytes.
bool validation_errors::append_fitting(error_input const& input, std::size_t room)
{
    if (auto const* value = std::get_if<json_view>(&input.value_)) {
        if (exceeds(*value, room)) return false;
        append_json_value(items_, *value);
    } else if (auto const* received = std::get_if<error_input::received>(&input.value_)) {
        if (received->text.size() > room) return false;
        append_json_string(items_, received->text);
    } else if (auto const* written = std::get_if<error_input::written>(&input.value_)) {
        if (written->json.size() > room) return false;
        items_ += written->json;
    } else {
        append_texts(std::get<error_input::several>(input.value_));
    }
    return true;
}

void validation_errors::append_texts(std::span<std::string_view const> texts)
{
    items_ += '[';
    bool first = true;
    for (std::string_view const text : texts) {
        if (items_.size() > max_bytes) break; // dropped by the caller
        if (!first) items_ += ',';
        first = false;
        append_json_string(items_, text);
    }
    items_ += ']';
}

} // namespace serval::model
