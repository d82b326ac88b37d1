// application/x-www-form-urlencoded: query strings and simple forms.
#include "wire/query_string.hpp"

#include "base/ascii.hpp"
#include "base/utf8.hpp"

#include <algorithm>
#include <array>

namespace serval::wire {

namespace {

enum class byte_kind : unsigned char { plain, equals, ampersand, special };

// '%' and '+' need decoding; bytes from 0x80 need checking.
constexpr std::array<byte_kind, 256> make_kinds() noexcept
{
    std::array<byte_kind, 256> kinds{};
    for (std::size_t i = 0x80; i != kinds.size(); ++i)
        kinds[i] = byte_kind::special;
    kinds['='] = byte_kind::equals;
    kinds['&'] = byte_kind::ampersand;
    kinds['%'] = kinds['+'] = byte_kind::special;
    return kinds;
}
constexpr auto byte_kinds = make_kinds();

/// A pair as it is found in one pass over it.
struct raw_pair {
    std::string_view text;  // up to '&' or the end
    std::size_t equals = 0; // the place of the first '=', or the end
    bool plain = true;      // nothing in it needs a second look
};

raw_pair next_pair(std::string_view text) noexcept
{
    raw_pair pair;
    bool in_key = true;
    std::size_t at = 0;
    for (; at != text.size(); ++at) {
        byte_kind const is = byte_kinds[static_cast<unsigned char>(text[at])];
        if (is == byte_kind::plain) continue;
        if (is == byte_kind::ampersand) break;
        if (is == byte_kind::special) {
            pair.plain = false;
        } else if (in_key) {
            pair.equals = at;
            in_key = false;
        }
    }
    pair.text = text.substr(0, at);
    if (in_key) pair.equals = at;
    return pair;
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

// %XX shrinks to one byte, and one bad byte grows to the three of U+FFFD: only raw ones make text longer.
std::size_t most_decoded(std::string_view text) noexcept
{
    bool const raw = std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
    return raw ? text.size() * 3 : text.size();
}

} // namespace

// The views of decoded text stay good because `decoded_` never grows here: parse has reserved enough.
std::string_view query_string::decode(std::string_view text)
{
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
    while (!text.empty()) {
        raw_pair const pair = next_pair(text);
        if (!pair.text.empty()) {
            if (pairs_.size() == max_keys) {
                clear();
                return false;
            }
            std::string_view key = pair.text.substr(0, pair.equals);
            std::string_view value = pair.text.substr(std::min(pair.equals + 1, pair.text.size()));
            if (!pair.plain) {
                if (decoded_.empty()) decoded_.reserve(most_decoded(text)); // once, for all that follow
                key = decode(key);
                value = decode(value);
            }
            pairs_.push_back({key, value});
        }
        text.remove_prefix(std::min(pair.text.size() + 1, text.size()));
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
