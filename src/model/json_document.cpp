// The JSON parser: one pass, no recursion. Words and positions of errors are CPython 3.13's
// (Modules/_json.c).
#include "model/json_document.hpp"

#include "base/ascii.hpp"
#include "base/utf8.hpp"
#include "model/json_text.hpp"
#include "model/number_text.hpp"

#include <algorithm>
#include <limits>
#include <numeric>

namespace serval::model {
namespace {

constexpr std::uint32_t no_container = std::numeric_limits<std::uint32_t>::max();
/// Python refuses to make an int of more digits (sys.get_int_max_str_digits()).
constexpr std::ptrdiff_t max_integer_digits = 4300;

constexpr std::string_view expecting_value = "Expecting value";
constexpr std::string_view unterminated_string = "Unterminated string starting at";
constexpr std::string_view invalid_unicode_escape = "Invalid \\uXXXX escape";

using base::hex_value;
using base::is_digit;

constexpr bool is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

/// What `\c` stands for; 0 when it is no escape.
constexpr char unescape(char c)
{
    switch (c) {
    case '"':
    case '\\':
    case '/': return c;
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    default: return 0;
    }
}

} // namespace

class json_document::parser {
public:
    parser(json_document& document, std::size_t max_depth)
        : nodes_(document.nodes_),
          next_(nodes_.data()),
          end_of_nodes_(next_ + nodes_.size()),
          decoded_(document.decoded_),
          begin_(document.text_.data()),
          at_(begin_),
          end_(begin_ + document.text_.size()),
          depth_left_(max_depth)
    {}

    json_outcome run()
    {
        skip_space();
        bool good = value();
        while (good && open_ != no_container)
            good = next_item();
        if (!good) return outcome_;
        skip_space();
        if (at_ != end_) {
            fail("Extra data", at_);
        } else if (postponed_at_ != nullptr) {
            fail(postponed_, postponed_at_);
        }
        return outcome_;
    }

    json_error error() const
    {
        auto const bytes = static_cast<std::size_t>(error_at_ - begin_);
        return {message_, base::count_code_points({begin_, bytes})};
    }

private:
    bool fail(std::string_view message, char const* where)
    {
        outcome_ = json_outcome::syntax_error;
        message_ = message;
        error_at_ = where;
        return false;
    }

    /// What Python takes and serval does not (NaN, lone surrogates) is an error only when there is no other.
    bool postpone(std::string_view message, char const* where)
    {
        if (postponed_at_ == nullptr) {
            postponed_ = message;
            postponed_at_ = where;
        }
        return true;
    }

    bool refuse()
    {
        outcome_ = json_outcome::undecodable;
        return false;
    }

    void skip_space()
    {
        while (at_ != end_ && is_space(*at_))
            ++at_;
    }

    bool is_next(char c) const { return at_ != end_ && *at_ == c; }

    std::uint32_t count() const { return static_cast<std::uint32_t>(next_ - nodes_.data()); }

    void push(json_kind kind, std::size_t offset, std::size_t length, bool decoded = false)
    {
        if (next_ == end_of_nodes_) [[unlikely]]
            grow();
        *next_ = {static_cast<std::uint32_t>(offset), static_cast<std::uint32_t>(length), count() + 1, kind,
                  decoded};
        ++next_;
    }

    /// More room for nodes: for a small body the first is enough.
    [[gnu::noinline]] void grow()
    {
        std::size_t const used = nodes_.size();
        nodes_.resize(std::max<std::size_t>(16, 2 * used));
        next_ = nodes_.data() + used;
        end_of_nodes_ = nodes_.data() + nodes_.size();
    }

    std::size_t offset_of(char const* place) const { return static_cast<std::size_t>(place - begin_); }

    bool value()
    {
        if (at_ == end_) return fail(expecting_value, at_);
        switch (*at_) {
        case '"': return string();
        case '{': return open(json_kind::object);
        case '[': return open(json_kind::array);
        case 'n': return word("null", json_kind::null, 0);
        case 't': return word("true", json_kind::boolean, 1);
        case 'f': return word("false", json_kind::boolean, 0);
        default: return number();
        }
    }

    bool word(std::string_view expected, json_kind kind, std::size_t boolean)
    {
        if (std::string_view{at_, static_cast<std::size_t>(end_ - at_)}.starts_with(expected)) {
            push(kind, offset_of(at_), boolean);
            at_ += expected.size();
            return true;
        }
        return fail(expecting_value, at_);
    }

    bool open(json_kind kind)
    {
        if (depth_left_ == 0) return refuse();
        --depth_left_;
        std::uint32_t const index = count();
        push(kind, offset_of(at_), 0);
        nodes_[index].end = open_; // the tape is its own stack: an open container remembers its parent
        open_ = index;
        ++at_;
        return true;
    }

    bool close()
    {
        node& container = nodes_[open_];
        open_ = container.end;
        container.end = count();
        ++depth_left_;
        ++at_;
        return true;
    }

    /// Goes on inside the innermost container, after its bracket or after one of its items.
    bool next_item()
    {
        node& container = nodes_[open_];
        bool const in_object = container.kind == json_kind::object;
        char const closing = in_object ? '}' : ']';
        skip_space();
        if (is_next(closing)) return close();
        if (container.length != 0) {
            if (!is_next(',')) return fail("Expecting ',' delimiter", at_);
            char const* const comma = at_++;
            skip_space();
            if (is_next(closing)) {
                return fail(in_object ? "Illegal trailing comma before end of object"
                                      : "Illegal trailing comma before end of array",
                            comma);
            }
        }
        ++container.length;
        return in_object ? key() && value() : value();
    }

    bool key()
    {
        if (!is_next('"')) return fail("Expecting property name enclosed in double quotes", at_);
        if (!string()) return false;
        skip_space();
        if (!is_next(':')) return fail("Expecting ':' delimiter", at_);
        ++at_;
        skip_space();
        return true;
    }

    bool string()
    {
        char const* const quote = at_;
        at_ = find_escape(quote + 1, end_);
        if (!is_next('"')) return string_with_escapes(quote);
        push(json_kind::string, offset_of(quote + 1), static_cast<std::size_t>(at_ - quote - 1));
        ++at_;
        return true;
    }

    [[gnu::noinline]] bool string_with_escapes(char const* quote) // for string() to be small
    {
        std::size_t const start = decoded_.size();
        char const* run = quote + 1;
        while (!is_next('"')) {
            if (at_ == end_) return fail(unterminated_string, quote);
            if (*at_ != '\\') return fail("Invalid control character at", at_);
            decoded_.append(run, at_);
            if (!escape(quote)) return false;
            run = at_;
            at_ = find_escape(run, end_);
        }
        decoded_.append(run, at_);
        push(json_kind::string, start, decoded_.size() - start, true);
        ++at_;
        return true;
    }

    bool escape(char const* quote)
    {
        if (at_ + 1 == end_) return fail(unterminated_string, quote);
        if (at_[1] == 'u') return unicode_escape(quote);
        char const meant = unescape(at_[1]);
        if (meant == 0) return fail("Invalid \\escape", at_);
        decoded_.push_back(meant);
        at_ += 2;
        return true;
    }

    /// Four hex digits with something after them (as Python wants it: the string must still be closed); else
    /// -1.
    int four_digits(char const* place) const
    {
        if (end_ - place <= 4) return -1;
        int unit = 0;
        for (int i = 0; i < 4; ++i) {
            int const digit = hex_value(place[i]);
            if (digit < 0) return -1;
            unit = unit * 16 + digit;
        }
        return unit;
    }

    bool unicode_escape(char const* quote)
    {
        char const* const letter = at_ + 1;
        int unit = four_digits(letter + 1);
        if (unit < 0) return fail(invalid_unicode_escape, letter);
        at_ += 6;
        // A surrogate without its other half is no character: it could not be echoed as UTF-8.
        if (unit >= 0xdc00 && unit <= 0xdfff) return postpone(invalid_unicode_escape, letter);
        if (unit >= 0xd800 && unit <= 0xdbff) {
            if (*at_ == '\\' && at_ + 1 == end_) return fail(unterminated_string, quote);
            if (at_[0] != '\\' || at_[1] != 'u') return postpone(invalid_unicode_escape, letter);
            int const low = four_digits(at_ + 2);
            if (low < 0) return fail(invalid_unicode_escape, at_ + 1);
            if (low < 0xdc00 || low > 0xdfff) return postpone(invalid_unicode_escape, letter);
            at_ += 6;
            unit = 0x10000 + (unit - 0xd800) * 0x400 + (low - 0xdc00);
        }
        base::append_utf8(decoded_, static_cast<char32_t>(unit));
        return true;
    }

    /// What Python reads besides JSON's values.
    [[gnu::noinline]] bool not_finite(char const* start)
    {
        std::string_view const rest{start, static_cast<std::size_t>(end_ - start)};
        for (std::string_view const word : {"NaN", "Infinity", "-Infinity"}) {
            if (!rest.starts_with(word)) continue;
            push(json_kind::null, offset_of(start), 0);
            at_ = start + word.size();
            return postpone(expecting_value, start);
        }
        return fail(expecting_value, start);
    }

    char const* after_digits(char const* at) const
    {
        while (at != end_ && is_digit(*at))
            ++at;
        return at;
    }

    /// The longest number at this place. What follows (`1.`, `01`, `1e+`) is for the caller to stumble over.
    bool number()
    {
        char const* const start = at_;
        char const* const digits = *start == '-' ? start + 1 : start;
        if (digits == end_ || !is_digit(*digits)) return not_finite(start);
        char const* at = *digits == '0' ? digits + 1 : after_digits(digits + 1);
        json_kind kind = json_kind::integer;
        if (at - digits > max_integer_digits) kind = json_kind::null; // fine only when it turns out a float
        if (end_ - at >= 2 && *at == '.' && is_digit(at[1])) {
            kind = json_kind::floating;
            at = after_digits(at + 1);
        }
        if (at != end_ && (*at | 0x20) == 'e') {
            char const* exponent = at + 1;
            if (exponent != end_ && (*exponent == '+' || *exponent == '-')) ++exponent;
            if (exponent != end_ && is_digit(*exponent)) {
                kind = json_kind::floating;
                at = after_digits(exponent);
            }
        }
        at_ = at;
        if (kind == json_kind::null) return refuse();
        push(kind, offset_of(start), static_cast<std::size_t>(at - start));
        return true;
    }

    std::vector<node>& nodes_;
    node* next_;         // the place of the next one in nodes_
    node* end_of_nodes_; // where there is no more room
    std::string& decoded_;
    char const* begin_;
    char const* at_;
    char const* end_;
    std::size_t depth_left_;
    std::uint32_t open_ = no_container; // the innermost container that is not closed yet
    json_outcome outcome_ = json_outcome::ok;
    std::string_view message_;
    char const* error_at_ = nullptr;
    std::string_view postponed_;
    char const* postponed_at_ = nullptr;
};

void json_document::clear() noexcept
{
    constexpr std::size_t kept = 64 * 1024;
    text_ = {};
    decoded_.clear();
    transcoded_.clear();
    if (nodes_.capacity() * sizeof(node) > kept) std::vector<node>{}.swap(nodes_);
    if (decoded_.capacity() > kept) std::string{}.swap(decoded_);
    if (transcoded_.capacity() > kept) std::string{}.swap(transcoded_);
}

json_outcome json_document::parse(std::string_view text, std::size_t max_depth)
{
    decoded_.clear();
    error_ = {};
    // Python decodes all of the bytes before it parses any, so bad UTF-8 wins over an earlier syntax error.
    auto const decoded = decode_json_bytes(text, transcoded_);
    if (!decoded || decoded->size() >= no_container) return json_outcome::undecodable;
    text_ = *decoded;
    parser parse{*this, std::min(max_depth, hard_max_depth)};
    json_outcome const outcome = parse.run();
    if (outcome == json_outcome::syntax_error) error_ = parse.error();
    return outcome;
}

double json_view::as_double() const noexcept
{
    return double_from_json_number(number_text());
}

std::optional<json_view> json_view::find(std::string_view key) const noexcept
{
    std::optional<json_view> found;
    for (auto const [name, value] : members()) {
        if (name == key) found = value;
    }
    return found;
}

bool has_duplicate_keys(json_view object)
{
    constexpr std::size_t few = 16; // compared pairwise, without an allocation
    if (object.size() <= few) {
        std::string_view seen[few];
        std::size_t n = 0;
        for (auto const [key, value] : object.members()) {
            if (std::find(seen, seen + n, key) != seen + n) return true;
            seen[n++] = key;
        }
        return false;
    }
    // Sorted, not hashed: an attacker who chooses the keys cannot make this quadratic.
    std::vector<std::string_view> keys;
    keys.reserve(object.size());
    for (auto const [key, value] : object.members())
        keys.push_back(key);
    std::sort(keys.begin(), keys.end());
    return std::adjacent_find(keys.begin(), keys.end()) != keys.end();
}

std::vector<json_member> unique_members(json_view object)
{
    std::vector<json_member> members;
    members.reserve(object.size());
    for (auto const member : object.members())
        members.push_back(member);
    std::vector<std::size_t> order(members.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(), [&members](std::size_t a, std::size_t b) {
        int const compared = members[a].key.compare(members[b].key);
        return compared != 0 ? compared < 0 : a < b;
    });
    std::vector<bool> shadowed(members.size());
    for (std::size_t i = 0; i < order.size();) {
        std::size_t const first = order[i];
        for (++i; i < order.size() && members[order[i]].key == members[first].key; ++i) {
            members[first].value = members[order[i]].value;
            shadowed[order[i]] = true;
        }
    }
    std::size_t kept = 0;
    for (std::size_t i = 0; i < members.size(); ++i) {
        if (!shadowed[i]) members[kept++] = members[i];
    }
    members.erase(members.begin() + static_cast<std::ptrdiff_t>(kept), members.end());
    return members;
}

} // namespace serval::model
