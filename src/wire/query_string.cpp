// application/x-www-form-urlencoded: query strings and simple forms.
#include "wire/query_string.hpp"

#include "base/ascii.hpp"
#include "base/utf8.hpp"

#include <algorithm>

namespace serval::wire {

namespace {

// '%' and '+' need decoding; bytes from 0x80 need checking.
bool is_plain(std::string_view text) noexcept
{
    return std::ranges::all_of(
        text, [](char c) { return c != '%' && c != '+' && static_cast<unsigned char>(c) < 0x80; });
}

void decode_append(std::string& out, std::string_view text)
{
    for (std::size_t i = 0; i != text.size(); ++i) {
        char c = text[i];
        if (c == '+') {
            c = ' ';
        } else if (c == '%' && text.size() - i >= 3 && base::is_hex(text[i + 1]) &&
                   base::is_hex(text[i + 2])) {
            c = static_cast<char>(base::hex_value(text[i + 1]) * 16 + base::hex_value(text[i + 2]));
            i += 2;
        }
        out.push_back(c);
    }
}

} // namespace

// The views of decoded text stay good because `decoded_` never grows here: parse has reserved enough.
std::string_view query_string::decode(std::string_view text)
{
    if (is_plain(text)) return text;
    std::size_t const start = decoded_.size();
    decode_append(decoded_, text);
    if (!base::is_valid_utf8(std::string_view{decoded_}.substr(start))) {
        std::string const repaired = base::replace_invalid_utf8(std::string_view{decoded_}.substr(start));
        decoded_.replace(start, std::string::npos, repaired);
    }
    return std::string_view{decoded_}.substr(start);
}

bool query_string::parse(std::string_view text, std::size_t max_keys)
{
    clear();
    if (!is_plain(text)) {
        // %XX shrinks to one byte, and one bad byte grows to the three of U+FFFD: only raw ones make text
        // longer.
        bool const raw =
            std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
        decoded_.reserve(raw ? text.size() * 3 : text.size());
    }
    while (!text.empty()) {
        std::size_t const end = std::min(text.find('&'), text.size());
        std::string_view const pair = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (pair.empty()) continue;
        if (pairs_.size() == max_keys) {
            clear();
            return false;
        }
        std::size_t const equals = std::min(pair.find('='), pair.size());
        std::string_view const value = pair.substr(std::min(equals + 1, pair.size()));
        std::string_view const key = decode(pair.substr(0, equals));
        pairs_.push_back({key, decode(value)});
    }
    return true;
}

key_value const* query_string::last(std::string_view key) const noexcept
{
    auto const found =
        std::find_if(pairs_.rbegin(), pairs_.rend(), [&](key_value const& p) { return p.key == key; });
    return found == pairs_.rend() ? nullptr : &*found;
}

} // namespace serval::wire
