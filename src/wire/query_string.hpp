// application/x-www-form-urlencoded: query strings and simple forms.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace serval::wire {

struct key_value {
    std::string_view key;
    std::string_view value;
};

/// The decoded pairs of a query string, in order.
///
/// Pairs are separated by '&' only; '+' is a space; %XX is decoded, a malformed escape stays literal; a key
/// without '=' has an empty value; empty pairs are skipped; bytes that are not UTF-8 become U+FFFD
/// (as Python's parse_qsl(keep_blank_values=True)). Pairs without escapes are views
/// of the input (no copy); decoded text lives in `decoded_`.
class query_string {
public:
    static constexpr std::size_t default_max_keys = 1000;

    /// Replaces the content. False when there are more than `max_keys` pairs (content is then empty).
    /// `text` must outlive this object's use. Reuses its memory.
    bool parse(std::string_view text, std::size_t max_keys = default_max_keys);

    std::vector<key_value> const& pairs() const noexcept { return pairs_; }
    /// The last value of `key` (FastAPI: the last duplicate wins), or nullptr. Linear.
    key_value const* last(std::string_view key) const noexcept;
    void clear() noexcept
    {
        pairs_.clear();
        decoded_.clear();
    }

private:
    std::string_view decode(std::string_view text);

    std::vector<key_value> pairs_;
    std::string decoded_;
};

} // namespace serval::wire
