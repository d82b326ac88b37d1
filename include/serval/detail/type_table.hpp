// How serval knows a type at run time: one small constant table for each, read by ordinary functions in
// src/model.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace serval::model {
class json_view; // src/model/json_document.hpp
}

namespace serval::detail {

enum class type_kind : std::uint8_t {
    boolean,
    integer,     ///< all widths; see `size` and `is_signed`
    number,      ///< float, double; see `size`
    string,      ///< std::string
    enumeration, ///< `extra`: enum_slot
    email,
    uuid,
    date,
    time_of_day,
    datetime,
    sys_time,  ///< std::chrono::sys_time<D>; `extra`: duration_ops
    duration,  ///< std::chrono::duration; `extra`: duration_ops
    optional,  ///< `extra`: optional_ops
    defaulted, ///< `extra`: wrapped_ops
    list,      ///< `extra`: list_ops
    map,       ///< std::map<std::string, T>, or a vector of pairs; `extra`: map_ops
    model,     ///< `extra`: model_slot
    json,      ///< serval::json; `extra`: json_ops
    upload_file,
    big_integer,
    decimal,
    url,
    timedelta,
    literal, ///< serval::literal<…>; `extra`: literal_ops
    bytes    ///< the content of a file, in a parameter file<> only; `extra`: bytes_ops
};

/// What ordinary code needs to make, fill, read and destroy a value whose type only a template knew.
struct type_table {
    type_kind kind;
    bool is_signed;
    std::uint32_t size;
    std::uint32_t alignment;
    void (*construct)(void* at);        ///< value-initialises in place
    void (*destroy)(void* at) noexcept; ///< null when trivial
    void const* extra;                  ///< by kind
};

struct optional_ops {
    type_table const& (*value)();
    void* (*emplace)(void* optional);
    void const* (*get)(void const* optional); ///< null when empty
    void (*reset)(void* optional);
};

struct wrapped_ops {
    type_table const& (*value)();
    void const* (*get)(void const* wrapper);
    void* (*renew)(void* wrapper); ///< the value, value-initialised anew
};

struct list_ops {
    type_table const& (*element)();
    void (*reserve)(void* list, std::size_t n);
    void* (*append)(void* list); ///< a value-initialised element; stays valid until the next append
    void (*commit)(void* list,
                   void const* element); ///< null but for vector<bool>, whose elements have no address
    std::size_t (*size)(void const* list);
    void const* (*at)(void const* list, std::size_t i);
    void (*clear)(void* list);
};

struct map_ops {
    type_table const& (*value)();
    void* (*slot)(void* map,
                  std::string&& key); ///< the value for `key`, which is new in the map, value-initialised
    std::size_t (*size)(void const* map);
    using visitor = bool (*)(void* context, std::string const& key, void const* value); ///< false: no more
    void (*for_each)(void const* map, void* context, visitor visit);
    void (*clear)(void* map);
};

/// Whether a chrono type can hold a count of microseconds.
enum class duration_fit : std::uint8_t { exact, out_of_range, inexact };

/// Converts between a chrono type and a count of microseconds.
struct duration_ops {
    duration_fit (*store)(void* at, std::int64_t microseconds);
    bool (*load)(void const* at, std::int64_t& microseconds); ///< false: out of the range of the count
    std::int64_t step; ///< what counts of microseconds are multiples of to be held exactly
};

/// What has come of writing a value.
enum class json_written : std::uint8_t {
    whole,
    not_representable, ///< a NaN, or nested too deep
    too_long           ///< for the limit
};

/// serval::json, which only <serval/json.hpp> may name.
struct json_ops {
    void (*read)(void* at, model::json_view const& value);
    /// Appends the value. Stops soon after `out` has become longer than `limit`; leaves it as it was unless
    /// the value is `whole`.
    json_written (*write)(void const* at, std::string& out, std::size_t limit);
};

/// A closed list of texts; the value is the index of one.
struct literal_ops {
    std::span<std::string_view const> choices;
    void (*store)(void* at, std::size_t index);
    std::size_t (*load)(void const* at);
};

struct bytes_ops {
    void (*assign)(void* at, std::string_view content);
};

/// A constant of a template argument or a rule: a default, a bound.
struct constant {
    enum class kind : std::uint8_t { none, empty, boolean, integer, number, text };

    kind is = kind::none;  ///< `empty`: the value-initialised value of the type
    bool is_large = false; ///< `integer` has the bits of a number beyond its range
    std::int64_t integer = 0;
    double number = 0; ///< of an integer, too
    std::string_view text{};
};

enum class constraint_kind : std::uint8_t { ge, gt, le, lt, multiple_of, min_length, max_length, pattern };

/// One bound of a parameter or a model member.
struct constraint {
    constraint_kind kind{};
    constant bound{};
};

struct enumerator {
    std::string_view name;
    std::int64_t value;
};

/// An enumeration: either a list of enumerators, or the text in which the compiler spelled the values 0 …
/// n-1.
struct enum_source {
    std::span<enumerator const> enumerators;
    std::string_view spelled;
    std::string_view type_name; ///< as the compiler spells it
    bool by_value = false;      ///< known by numbers, not by names
};

struct member_entry {
    std::uint32_t offset;
    type_table const* type;
};

/// What a model's `rules` said of one member, or, without `member`, of the model itself.
struct member_rule {
    std::string_view member;
    std::string_view alias{}; ///< the JSON key where it is not the member's name
    std::string_view description{};
    constraint constraints[4]{};
    std::uint8_t constraint_count = 0;
};

/// What only a template can say of a model. src/model resolves it into a `model_layout` at first use.
struct model_source {
    std::string_view type_name;              ///< as the compiler spells it
    std::span<std::string_view const> names; ///< of the members, or empty: then `spelled` has them
    std::string_view spelled;                ///< the compiler's spelling of the members' addresses
    std::uint8_t member_count;
    bool forbids_extra;
    void (*list)(member_entry* out);
    std::span<member_rule const> rules;
    void (*renew)(void* model); ///< value-initialises it anew; null for one that cannot be assigned
};

struct model_layout; // src/model/model_layout.hpp

/// Where the resolved layout of a model is kept: filled once, thread-safe, alive for the process.
struct model_slot {
    model_source const* source;
    mutable std::atomic<model_layout const*> layout{nullptr};
};

struct enum_layout; // src/model/enum_layout.hpp

struct enum_slot {
    enum_source const* source;
    mutable std::atomic<enum_layout const*> layout{nullptr};
};

} // namespace serval::detail
