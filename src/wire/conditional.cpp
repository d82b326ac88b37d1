// Conditional requests: preconditions and the validators that they are compared with (RFC 9110 section 13).
#include "wire/conditional.hpp"

#include "base/ascii.hpp"
#include "base/http_date.hpp"

#include <cstddef>

namespace serval::wire {

namespace {

struct entity_tag {
    std::string_view opaque; // with its quotes
    bool weak = false;
};

constexpr bool is_etag_char(char c) noexcept
{
    auto const byte = static_cast<unsigned char>(c);
    return byte == 0x21 || (byte >= 0x23 && byte <= 0x7E) || byte >= 0x80;
}

// Takes an entity-tag (RFC 9110 section 8.8.3) off the front of `text`.
std::optional<entity_tag> take_entity_tag(std::string_view& text) noexcept
{
    std::string_view rest = text;
    entity_tag tag;
    if (rest.starts_with("W/")) { // case-sensitive
        tag.weak = true;
        rest.remove_prefix(2);
    }
    if (!rest.starts_with('"')) return std::nullopt;
    std::size_t end = 1;
    while (end != rest.size() && is_etag_char(rest[end]))
        ++end;
    if (end == rest.size() || rest[end] != '"') return std::nullopt;
    tag.opaque = rest.substr(0, end + 1);
    text = rest.substr(end + 1);
    return tag;
}

std::optional<entity_tag> read_entity_tag(std::string_view text) noexcept
{
    auto const tag = take_entity_tag(text);
    return text.empty() ? tag : std::nullopt;
}

enum class comparison { weak, strong };

bool equal(entity_tag const& a, entity_tag const& b, comparison how) noexcept
{
    return a.opaque == b.opaque && (how == comparison::weak || (!a.weak && !b.weak));
}

// True when `list` is `*`, or a list of entity tags with one that equals `current`.
bool matches(std::string_view list, std::optional<entity_tag> const& current, comparison how) noexcept
{
    list = base::trim_ows(list);
    if (list == "*") return true;
    bool found = false;
    while (!list.empty()) {
        if (list.front() == ',' || base::is_ows(list.front())) {
            list.remove_prefix(1);
            continue;
        }
        auto const tag = take_entity_tag(list);
        if (!tag) return false;
        found = found || (current && equal(*tag, *current, how));
        while (!list.empty() && base::is_ows(list.front()))
            list.remove_prefix(1);
        if (!list.empty() && list.front() != ',') return false;
    }
    return found;
}

// The date of `field`; nothing when it was not sent or is none.
std::optional<std::time_t> date_of(std::optional<std::string_view> const& field) noexcept
{
    return field ? base::parse_http_date(base::trim_ows(*field)) : std::nullopt;
}

bool range_applies(std::string_view field, std::optional<entity_tag> const& tag,
                   validators const& current) noexcept
{
    field = base::trim_ows(field);
    if (auto const wanted = read_entity_tag(field)) return tag && equal(*wanted, *tag, comparison::strong);
    auto const date = base::parse_http_date(field);
    return date && date == current.last_modified && *date < current.now;
}

} // namespace

precondition_result evaluate(preconditions const& fields, validators const& current, bool safe) noexcept
{
    auto const tag = read_entity_tag(current.etag);
    if (fields.if_match) {
        if (!matches(*fields.if_match, tag, comparison::strong)) return {precondition_outcome::failed};
    } else if (auto const date = date_of(fields.if_unmodified_since); date && current.last_modified) {
        if (*current.last_modified > *date) return {precondition_outcome::failed};
    }
    if (fields.if_none_match) {
        if (matches(*fields.if_none_match, tag, comparison::weak))
            return {safe ? precondition_outcome::not_modified : precondition_outcome::failed};
    } else if (auto const date = date_of(fields.if_modified_since); safe && date && current.last_modified) {
        if (*current.last_modified <= *date) return {precondition_outcome::not_modified};
    }
    precondition_result result;
    if (fields.if_range) result.range_applies = range_applies(*fields.if_range, tag, current);
    return result;
}

} // namespace serval::wire
