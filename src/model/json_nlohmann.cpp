// nlohmann values from and to JSON text; see the header.
#include "model/json_nlohmann.hpp"

#include "model/json_sink.hpp"
#include "model/json_writer.hpp"
#include "model/value_path.hpp"

#include <serval/json.hpp>

#include <charconv>
#include <cmath>
#include <cstdint>
#include <system_error>
#include <utility>
#include <vector>

namespace serval::model {
namespace {

using detail::json_written;
using nlohmann::ordered_json;

constexpr std::size_t max_depth = 512; // what keeps the recursion off the end of the stack

/// Writes a value as text, until that is too long.
class text_writer {
public:
    text_writer(std::string& out, std::size_t limit) noexcept : out_{out}, limit_{limit} {}

    /// Gives the string the last of what was written.
    void finish() { out_.flush(); }

    json_written result() const noexcept { return result_; }

    bool append(ordered_json const& value, std::size_t depth = 0)
    {
        if (!has_room(out_.size(), limit_)) return fail(json_written::too_long);
        using type = nlohmann::detail::value_t;
        switch (value.type()) {
        case type::null: out_.put("null"); return true;
        case type::boolean: out_.put(*value.get_ptr<bool const*>() ? "true" : "false"); return true;
        case type::number_integer: out_.put_integer(value.get<std::int64_t>()); return true;
        case type::number_unsigned: out_.put_integer(value.get<std::uint64_t>()); return true;
        case type::number_float:
            if (!std::isfinite(value.get<double>())) return fail(json_written::not_representable);
            out_.put_double(value.get<double>());
            return true;
        case type::string: return append_string(value.get_ref<std::string const&>());
        case type::binary: return append_binary(value.get_binary());
        case type::array:
        case type::object: break;
        case type::discarded: return fail(json_written::not_representable);
        }
        if (depth == max_depth) return fail(json_written::not_representable);
        return value.is_array() ? append_array(value.get_ref<ordered_json::array_t const&>(), depth + 1)
                                : append_object(value.get_ref<ordered_json::object_t const&>(), depth + 1);
    }

private:
    bool fail(json_written why) noexcept
    {
        result_ = why;
        return false;
    }

    bool append_string(std::string const& text)
    {
        if (!has_room(out_.size(), limit_, text.size())) return fail(json_written::too_long);
        out_.put_string(text);
        return true;
    }

    bool append_object(ordered_json::object_t const& object, std::size_t depth)
    {
        out_.put('{');
        bool first = true;
        for (auto const& [key, value] : object) {
            if (!std::exchange(first, false)) out_.put(',');
            if (!append_string(key)) return false;
            out_.put(':');
            if (!append(value, depth)) return false;
        }
        out_.put('}');
        return true;
    }

    bool append_array(ordered_json::array_t const& array, std::size_t depth)
    {
        out_.put('[');
        bool first = true;
        for (auto const& value : array) {
            if (!std::exchange(first, false)) out_.put(',');
            if (!append(value, depth)) return false;
        }
        out_.put(']');
        return true;
    }

    /// As nlohmann's own dump() writes binary values.
    bool append_binary(ordered_json::binary_t const& binary)
    {
        if (!has_room(out_.size(), limit_, 2 * binary.size())) return fail(json_written::too_long);
        out_.put(R"({"bytes":[)");
        for (std::size_t i = 0; i < binary.size(); ++i) {
            if (i != 0) out_.put(',');
            out_.put_integer(binary[i]);
        }
        out_.put(R"(],"subtype":)");
        if (binary.has_subtype()) {
            out_.put_integer(binary.subtype());
        } else {
            out_.put("null");
        }
        out_.put('}');
        return true;
    }

    json_sink out_;
    std::size_t limit_;
    json_written result_ = json_written::whole;
};

/// Adds to `fault.where` on the way out.
bool find(ordered_json const& value, std::size_t depth, unwritable& fault)
{
    if (value.is_discarded()) {
        fault.what = "a discarded value";
        return true;
    }
    if (value.is_number_float()) {
        if (std::isfinite(value.get<double>())) return false;
        fault.what = name_of_not_finite(value.get<double>());
        return true;
    }
    if (!value.is_structured()) return false;
    if (depth == max_depth) return true;
    std::size_t index = 0;
    for (auto const& [key, element] : value.items()) {
        if (find(element, depth + 1, fault)) {
            if (value.is_object())
                prepend_key(fault.where, key);
            else
                prepend_index(fault.where, index);
            return true;
        }
        ++index;
    }
    return false;
}

ordered_json integer_to_nlohmann(json_view value)
{
    std::string_view const text = value.number_text();
    char const* const end = text.data() + text.size();
    if (text.front() == '-') {
        std::int64_t number = 0;
        if (std::from_chars(text.data(), end, number).ec == std::errc{}) return number;
    } else {
        std::uint64_t number = 0;
        if (std::from_chars(text.data(), end, number).ec == std::errc{}) return number;
    }
    return value.as_double();
}

ordered_json object_to_nlohmann(json_view object)
{
    // Straight into the vector that ordered_map is: its own insertion looks through all the keys each time.
    ordered_json::object_t result;
    ordered_json::object_t::Container& members = result;
    members.reserve(object.size());
    visit_unique_members(object, [&](std::string_view key, json_view value) {
        members.emplace_back(std::string{key}, to_nlohmann(value));
        return true;
    });
    return ordered_json(std::move(result));
}

} // namespace

bool append_json(std::string& out, ordered_json const& value)
{
    return append_json(out, value, no_limit) == json_written::whole;
}

json_written append_json(std::string& out, ordered_json const& value, std::size_t limit)
{
    std::size_t const size_before = out.size();
    text_writer writer{out, limit};
    if (writer.append(value)) {
        writer.finish();
    } else {
        out.resize(size_before);
    }
    return writer.result();
}

unwritable find_unwritable(ordered_json const& value)
{
    unwritable fault;
    static_cast<void>(find(value, 0, fault));
    return fault;
}

std::string_view name_of_not_finite(double value) noexcept
{
    if (std::isnan(value)) return "NaN";
    return value < 0 ? "-infinity" : "infinity";
}

// Recursion is bounded by json_document::hard_max_depth.
ordered_json to_nlohmann(json_view value)
{
    switch (value.kind()) {
    case json_kind::null: return nullptr;
    case json_kind::boolean: return value.boolean();
    case json_kind::integer: return integer_to_nlohmann(value);
    case json_kind::floating: return value.as_double();
    case json_kind::string: return std::string{value.string()};
    case json_kind::array: {
        ordered_json::array_t elements;
        elements.reserve(value.size());
        for (auto const element : value.elements())
            elements.push_back(to_nlohmann(element));
        return ordered_json(std::move(elements));
    }
    case json_kind::object: return object_to_nlohmann(value);
    }
    return nullptr;
}

} // namespace serval::model

namespace serval::detail {

json_written append_json(std::string& out, json const& value, std::size_t limit)
{
    return model::append_json(out, value, limit);
}

json to_json(model::json_view const& value)
{
    return model::to_nlohmann(value);
}

} // namespace serval::detail
