// Reads JSON text into a flat tape of nodes, with the error words and positions of Python 3.13's json.loads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace serval::model {

/// What a JSON value is. A number without fraction and exponent is an `integer`, whatever its size.
enum class json_kind : std::uint8_t { null, boolean, integer, floating, string, array, object };

/// How a parse ended.
enum class json_outcome : std::uint8_t {
    ok,
    syntax_error, ///< FastAPI answers 422 `json_invalid`; `json_document::error()` says what and where
    undecodable,  ///< bad UTF-8, nested too deep, an integer of more than 4300 digits: 400 "error parsing the
                  ///< body"
};

/// A syntax error in the words of Python's JSONDecodeError.
struct json_error {
    std::string_view message; ///< JSONDecodeError.msg; static storage
    std::size_t position =
        0; ///< JSONDecodeError.pos: code points from the start, a byte order mark not counted
};

class json_document;
class json_elements;
class json_members;
struct json_member;

/// A cheap handle to one value of a document; valid until the document parses again or dies.
///
/// Accessors other than kind() are for values of the kind that they name.
class json_view {
public:
    /// Of no value: for an array whose elements are assigned before they are read.
    json_view() = default;

    json_kind kind() const noexcept;
    bool is_null() const noexcept { return kind() == json_kind::null; }

    /// The value of a boolean.
    bool boolean() const noexcept;
    /// The text of a number as it was sent: `-?(0|[1-9][0-9]*)`, and for `floating` fraction and exponent.
    std::string_view number_text() const noexcept;
    /// A number as the nearest double, as Python's float(): ±inf when it is too large, ±0 when too small.
    double as_double() const noexcept;
    /// The decoded text of a string, valid UTF-8.
    std::string_view string() const noexcept;

    /// The number of elements of an array, or of members of an object with all duplicates counted.
    std::size_t size() const noexcept;
    /// The elements of an array, in order.
    json_elements elements() const noexcept;
    /// The members of an object in the order sent, duplicates included; Python takes the last of equal keys.
    json_members members() const noexcept;
    /// The last member of an object with this key. Linear: do not call once per member.
    std::optional<json_view> find(std::string_view key) const noexcept;

private:
    friend class json_document;
    friend class json_elements;
    friend class json_members;
    json_view(json_document const& document, std::uint32_t index) : document_(&document), index_(index) {}
    json_view following() const noexcept; // what comes after this value and all that is in it

    json_document const* document_;
    std::uint32_t index_;
};

/// One member of an object.
struct json_member {
    std::string_view key;
    json_view value;
};

/// The elements of an array: a range for `for`.
class json_elements {
public:
    class iterator {
    public:
        json_view operator*() const noexcept { return at_; }
        iterator& operator++() noexcept;
        bool operator==(iterator const& other) const noexcept { return at_.index_ == other.at_.index_; }

    private:
        friend class json_elements;
        explicit iterator(json_view at) : at_(at) {}
        json_view at_;
    };
    iterator begin() const noexcept;
    iterator end() const noexcept;

private:
    friend class json_view;
    explicit json_elements(json_view array) : array_(array) {}
    json_view array_;
};

/// The members of an object: a range for `for`.
class json_members {
public:
    class iterator {
    public:
        json_member operator*() const noexcept { return {key_.string(), value()}; }
        iterator& operator++() noexcept;
        bool operator==(iterator const& other) const noexcept { return key_.index_ == other.key_.index_; }

    private:
        friend class json_members;
        explicit iterator(json_view key) : key_(key) {}
        json_view value() const noexcept { return {*key_.document_, key_.index_ + 1}; }
        json_view key_;
    };
    iterator begin() const noexcept;
    iterator end() const noexcept;

private:
    friend class json_view;
    explicit json_members(json_view object) : object_(object) {}
    json_view object_;
};

/// A parsed JSON text. Not thread-safe while parsing; reading is.
///
/// Keeps 16 bytes a value (and a key), and the decoded form of strings that have escapes; both are reused by
/// the next parse. Strings without escapes and numbers are views into the text. Time is linear in the text,
/// whatever it holds.
class json_document {
public:
    /// Nesting allowed by default, as Python's recursion limit is not something to copy.
    static constexpr std::size_t default_max_depth = 64;
    /// The most that parse() takes for `max_depth`, so that code which walks a document may recurse.
    static constexpr std::size_t hard_max_depth = 512;

    json_document() = default;
    json_document(json_document const&) = delete; // views and the text point into this object
    json_document& operator=(json_document const&) = delete;

    /// Parses bytes as Python's json.loads(bytes) does: UTF-8 with or without a mark, UTF-16, UTF-32.
    ///
    /// `text` must outlive every use of the result. Differences to Python, on purpose: `NaN`, `Infinity` and
    /// `-Infinity` are `Expecting value` where they begin; the escape of a lone surrogate is `Invalid \uXXXX
    /// escape` at its `u`; unpaired surrogates in the bytes themselves are undecodable.
    json_outcome parse(std::string_view text, std::size_t max_depth = default_max_depth);

    /// Forgets the last parse; gives memory beyond 64 KiB back.
    void clear() noexcept;

    /// The error of the last parse, when that was a syntax error.
    json_error const& error() const noexcept { return error_; }
    /// The value of the last parse, when that was ok.
    json_view root() const noexcept { return {*this, 0}; }

private:
    friend class json_view;
    friend class json_elements;
    friend class json_members;
    class parser;

    struct node {
        std::uint32_t offset; // of a string or a number: into text_, or decoded_
        std::uint32_t
            length; // of a string or a number: bytes; of a container: elements or members; of a boolean: 0/1
        std::uint32_t
            end; // the index after this value and all that is in it; while a container is open: its parent
        json_kind kind;
        bool decoded; // a string that lies in decoded_
    };
    static_assert(sizeof(node) == 16);

    std::string_view text_;
    std::vector<node> nodes_; // values in order; a member is its key, then its value; then room for more
    std::string decoded_;
    std::string transcoded_; // what text_ views when UTF-16 or UTF-32 was sent
    json_error error_;
};

/// Whether an object has two members of the same key. O(n log n).
bool has_duplicate_keys(json_view object);

/// The members of an object as Python's dict has them: at the place of the first of equal keys, the value of
/// the last. O(n log n).
std::vector<json_member> unique_members(json_view object);

/// Calls `visit(key, value)` for each of unique_members() until it says false; allocates nothing for up to 16
/// members that are all different.
template <class Visit>
void visit_unique_members(json_view object, Visit const& visit);

template <class Visit>
void visit_unique_members(json_view object, Visit const& visit)
{
    auto const visit_all = [&visit](auto const& members) {
        for (auto const& [key, value] : members) {
            if (!visit(key, value)) return;
        }
    };
    if (has_duplicate_keys(object)) {
        visit_all(unique_members(object));
    } else {
        visit_all(object.members());
    }
}

inline json_kind json_view::kind() const noexcept
{
    return document_->nodes_[index_].kind;
}
inline bool json_view::boolean() const noexcept
{
    return document_->nodes_[index_].length != 0;
}
inline std::size_t json_view::size() const noexcept
{
    return document_->nodes_[index_].length;
}
inline json_elements json_view::elements() const noexcept
{
    return json_elements{*this};
}
inline json_members json_view::members() const noexcept
{
    return json_members{*this};
}
inline json_view json_view::following() const noexcept
{
    return {*document_, document_->nodes_[index_].end};
}

inline std::string_view json_view::number_text() const noexcept
{
    auto const& node = document_->nodes_[index_];
    return {document_->text_.data() + node.offset, node.length};
}

inline std::string_view json_view::string() const noexcept
{
    auto const& node = document_->nodes_[index_];
    return {(node.decoded ? document_->decoded_.data() : document_->text_.data()) + node.offset, node.length};
}

inline json_elements::iterator& json_elements::iterator::operator++() noexcept
{
    at_ = at_.following();
    return *this;
}
inline json_elements::iterator json_elements::begin() const noexcept
{
    return iterator{{*array_.document_, array_.index_ + 1}};
}
inline json_elements::iterator json_elements::end() const noexcept
{
    return iterator{array_.following()};
}

inline json_members::iterator& json_members::iterator::operator++() noexcept
{
    key_ = value().following();
    return *this;
}
inline json_members::iterator json_members::begin() const noexcept
{
    return iterator{{*object_.document_, object_.index_ + 1}};
}
inline json_members::iterator json_members::end() const noexcept
{
    return iterator{object_.following()};
}

} // namespace serval::model
