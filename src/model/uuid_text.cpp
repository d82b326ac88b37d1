#include "model/uuid_text.hpp"

#include "base/ascii.hpp"

#include <array>
#include <cstddef>
#include <string>

namespace serval {

namespace {

constexpr std::string_view urn_prefix = "urn:uuid:";

/// Where the two digits of each byte are.
using digit_places = std::array<unsigned char, 16>;
constexpr digit_places simple{0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30};
constexpr digit_places hyphenated{0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34};

std::optional<uuid> read_digits(char const* text, digit_places const& places) noexcept
{
    uuid::bytes_type bytes{};
    int seen = 0; // negative once a digit was none
    for (std::size_t i = 0; i != bytes.size(); ++i) {
        int const byte = base::hex_value(text[places[i]]) * 16 | base::hex_value(text[places[i] + 1]);
        seen |= byte;
        bytes[i] = static_cast<unsigned char>(byte);
    }
    if (seen < 0) return std::nullopt;
    return uuid{bytes};
}

} // namespace

std::optional<uuid> uuid::from_string(std::string_view text) noexcept
{
    if (text.size() == 32) return read_digits(text.data(), simple);
    if (text.size() == 45 && text.starts_with(urn_prefix))
        text.remove_prefix(urn_prefix.size());
    else if (text.size() == 38 && text.front() == '{' && text.back() == '}')
        text = text.substr(1, 36);
    bool const is_grouped =
        text.size() == 36 && text[8] == '-' && text[13] == '-' && text[18] == '-' && text[23] == '-';
    return is_grouped ? read_digits(text.data(), hyphenated) : std::nullopt;
}

void uuid::append_to(std::string& out) const
{
    constexpr char digits[] = "0123456789abcdef";
    char text[36];
    std::size_t at = 0;
    for (std::size_t i = 0; i != bytes_.size(); ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10) text[at++] = '-';
        text[at++] = digits[bytes_[i] >> 4];
        text[at++] = digits[bytes_[i] & 15];
    }
    out.append(text, sizeof text);
}

std::string uuid::to_string() const
{
    std::string out;
    append_to(out);
    return out;
}

namespace model {

namespace {

/// The whole UTF-8 character that starts at `at`.
std::string_view character_at(std::string_view text, std::size_t at) noexcept
{
    std::size_t end = at + 1;
    while (end != text.size() && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80)
        ++end;
    return text.substr(at, end - at);
}

std::string explain_groups(std::string_view whole, std::array<std::size_t, 4> const& hyphens)
{
    constexpr std::size_t starts[] = {0, 9, 14, 19, 24};
    constexpr std::string_view lengths[] = {"8", "4", "4", "4", "12"};
    std::size_t group = 0;
    while (group != hyphens.size() && hyphens[group] == starts[group + 1] - 1)
        ++group;
    // Quirk kept: the length of the last group counts the braces or the prefix, too.
    std::size_t const end = group == hyphens.size() ? whole.size() : hyphens[group];
    return "invalid group length in group " + std::to_string(group) + ": expected " +
           std::string{lengths[group]} + ", found " + std::to_string(end - starts[group]);
}

/// Why `whole`, which is no UUID, is none.
std::string explain(std::string_view whole)
{
    std::string_view text = whole;
    std::size_t offset = 0;
    if (whole.size() >= 2 && whole.front() == '{' && whole.back() == '}') {
        text = whole.substr(1, whole.size() - 2);
        offset = 1;
    } else if (whole.starts_with(urn_prefix)) {
        text.remove_prefix(urn_prefix.size());
        offset = urn_prefix.size();
    }
    std::array<std::size_t, 4> hyphens{};
    std::size_t hyphen_count = 0;
    for (std::size_t i = 0; i != text.size(); ++i) {
        if (text[i] == '-') {
            if (hyphen_count < hyphens.size()) hyphens[hyphen_count] = i;
            ++hyphen_count;
        } else if (!base::is_hex(text[i])) {
            return "invalid character: expected an optional prefix of `urn:uuid:` followed by [0-9a-fA-F-], "
                   "found `" +
                   std::string{character_at(text, i)} + "` at " + std::to_string(i + offset + 1);
        }
    }
    if (hyphen_count == 0 && offset == 0) {
        return "invalid length: expected length 32 for simple format, found " + std::to_string(whole.size());
    }
    if (hyphen_count != 4)
        return "invalid group count: expected 5, found " + std::to_string(hyphen_count + 1);
    return explain_groups(whole, hyphens);
}

} // namespace

outcome<uuid> parse_uuid(std::string_view text)
{
    if (auto const id = uuid::from_string(text)) return *id;
    return make_problem("uuid_parsing", "Input should be a valid UUID, ", "error", explain(text));
}

} // namespace model

} // namespace serval
