// Building a JSON object key by key.
#pragma once

#include "model/json_writer.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace serval::model {

/// The members of a JSON object, in order, each with its value as JSON text.
///
/// A document is built from the leaves up; it is built once, so that copies of texts do not matter.
class json_object {
public:
    /// Adds a member whose value is JSON text.
    json_object& raw(std::string_view key, std::string json)
    {
        members_.emplace_back(key, std::move(json));
        return *this;
    }
    json_object& text(std::string_view key, std::string_view value)
    {
        std::string json;
        append_json_string(json, value);
        return raw(key, std::move(json));
    }
    /// Adds `value` unless it is empty.
    json_object& text_if(std::string_view key, std::string_view value)
    {
        return value.empty() ? *this : text(key, value);
    }
    json_object& boolean(std::string_view key, bool value) { return raw(key, value ? "true" : "false"); }

    bool empty() const noexcept { return members_.empty(); }
    bool contains(std::string_view key) const noexcept
    {
        for (auto const& [name, value] : members_) {
            if (name == key) return true;
        }
        return false;
    }
    std::vector<std::pair<std::string, std::string>>& members() noexcept { return members_; }

    std::string str() const
    {
        std::string out = "{";
        for (auto const& [key, json] : members_) {
            if (out.size() != 1) out += ',';
            append_json_string(out, key);
            out += ':';
            out += json;
        }
        out += '}';
        return out;
    }

private:
    std::vector<std::pair<std::string, std::string>> members_;
};

/// A JSON array of values that are JSON texts.
template <class Texts>
std::string json_array(Texts const& texts)
{
    std::string out = "[";
    for (auto const& json : texts) {
        if (out.size() != 1) out += ',';
        out += json;
    }
    out += ']';
    return out;
}

/// A JSON array of strings.
template <class Strings>
std::string json_string_array(Strings const& strings)
{
    std::string out = "[";
    for (auto const& one : strings) {
        if (out.size() != 1) out += ',';
        append_json_string(out, one);
    }
    out += ']';
    return out;
}

} // namespace serval::model
