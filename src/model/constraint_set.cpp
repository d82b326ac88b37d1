// Constraints: pydantic's order, words and numbers.
#include "model/constraint_set.hpp"

#include "base/utf8.hpp"
#include "model/decimal_text.hpp"
#include "model/float_text.hpp"
#include "model/json_writer.hpp"
#include "model/pattern.hpp"
#include "model/scalar.hpp"

#include <serval/big_integer.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <compare>
#include <limits>
#include <stdexcept>

namespace serval::model {
namespace {

using detail::constant;
using detail::constraint;
using detail::constraint_kind;
using detail::type_kind;
using detail::type_table;

/// The order in which pydantic-core checks, whatever the order of declaration.
int rank(constraint_kind kind) noexcept
{
    switch (kind) {
    case constraint_kind::multiple_of: return 0;
    case constraint_kind::le: return 1;
    case constraint_kind::lt: return 2;
    case constraint_kind::ge: return 3;
    case constraint_kind::gt: return 4;
    case constraint_kind::max_length: return 5;
    case constraint_kind::min_length: return 6;
    case constraint_kind::pattern: break;
    }
    return 7;
}

struct words {
    std::string_view name; // in C++ and in `ctx`
    std::string_view type;
    std::string_view message;
};

words words_of(constraint_kind kind) noexcept
{
    switch (kind) {
    case constraint_kind::multiple_of:
        return {"multiple_of", "multiple_of", "Input should be a multiple of "};
    case constraint_kind::le: return {"le", "less_than_equal", "Input should be less than or equal to "};
    case constraint_kind::lt: return {"lt", "less_than", "Input should be less than "};
    case constraint_kind::ge:
        return {"ge", "greater_than_equal", "Input should be greater than or equal to "};
    case constraint_kind::gt: return {"gt", "greater_than", "Input should be greater than "};
    case constraint_kind::min_length:
        return {"min_length", "string_too_short", "String should have at least "};
    case constraint_kind::max_length: return {"max_length", "string_too_long", "String should have at most "};
    case constraint_kind::pattern: break;
    }
    return {"pattern", "string_pattern_mismatch", "String should match pattern "};
}

[[noreturn]] void refuse(std::string_view owner, constraint_kind kind, std::string_view why)
{
    std::string what = "serval: ";
    what += owner;
    what += ": ";
    what += words_of(kind).name;
    what += ' ';
    what += why;
    throw std::invalid_argument{what};
}

/// As Rust prints an f64: the shortest digits, never an exponent, no `.0`.
void append_plain(std::string& out, double value)
{
    char digits[400]; // 1.8e308 has 309 digits, 5e-324 has 326 characters
    auto const written = std::to_chars(digits, digits + sizeof digits, value, std::chars_format::fixed);
    out.append(digits, written.ptr);
}

void append_integer(std::string& out, integer_value value)
{
    if (value.negative) out += '-';
    append_json_int(out, value.magnitude);
}

void append_count(std::string& out, std::uint64_t n, std::string_view unit)
{
    append_json_int(out, n);
    out += ' ';
    out += unit;
    if (n != 1) out += 's';
}

void open_context(problem& made, std::string_view name)
{
    made.context = "{";
    append_json_string(made.context, name);
    made.context += ':';
}

checked_constraint make_integer_bound(constraint const& c, std::string_view owner)
{
    checked_constraint made{.kind = c.kind, .integer = whole_of(c.bound), .regex = nullptr, .violation = {}};
    if (c.bound.is == constant::kind::number) {
        // The limit is a power of two, which a double holds exactly.
        if (c.bound.number != std::trunc(c.bound.number) || !(std::fabs(c.bound.number) < 0x1p64))
            refuse(owner, c.kind, "of an integer must be an integer");
        made.integer = {.magnitude = static_cast<std::uint64_t>(std::fabs(c.bound.number)),
                        .negative = c.bound.number < 0};
    }
    if (c.kind == constraint_kind::multiple_of && (made.integer.negative || made.integer.magnitude == 0))
        refuse(owner, c.kind, "must be greater than zero");
    auto const text = words_of(c.kind);
    made.violation = make_problem(text.type, text.message);
    append_integer(made.violation.message, made.integer);
    open_context(made.violation, text.name);
    append_integer(made.violation.context, made.integer);
    made.violation.context += '}';
    return made;
}

void round_to_float(double& bound) noexcept
{
    constexpr double largest = std::numeric_limits<float>::max();
    if (std::fabs(bound) <= largest) bound = static_cast<double>(static_cast<float>(bound));
}

checked_constraint make_number_bound(constraint const& c, type_table const& type, std::string_view owner)
{
    double const shown = number_bound(c.bound, type);
    if (!std::isfinite(shown)) refuse(owner, c.kind, "must be finite");
    if (c.kind == constraint_kind::multiple_of && shown <= 0)
        refuse(owner, c.kind, "must be greater than zero");
    checked_constraint made{.kind = c.kind, .number = shown, .regex = nullptr, .violation = {}};
    // Values are compared as floats, and divided as what their digits say; see within().
    if (type.size == sizeof(float) && c.kind != constraint_kind::multiple_of) round_to_float(made.number);
    auto const text = words_of(c.kind);
    made.violation = make_problem(text.type, text.message);
    append_plain(made.violation.message, shown);
    open_context(made.violation, text.name);
    static_cast<void>(append_json_double(made.violation.context, shown)); // it is finite
    made.violation.context += '}';
    return made;
}

decimal decimal_of(constant const& bound)
{
    if (bound.is != constant::kind::integer) return decimal_from_double(bound.number);
    return bound.is_large ? decimal{std::to_string(whole_of(bound).magnitude)} : decimal{bound.integer};
}

checked_constraint make_decimal_bound(constraint const& c, std::string_view owner)
{
    if (c.kind == constraint_kind::multiple_of) refuse(owner, c.kind, "is not for decimals");
    if (!std::isfinite(c.bound.number)) refuse(owner, c.kind, "must be finite");
    auto const bound = decimal_of(c.bound);
    checked_constraint made{
        .kind = c.kind, .regex = nullptr, .exact = std::make_shared<decimal const>(bound), .violation = {}};
    auto const text = words_of(c.kind);
    made.violation = make_problem(text.type, text.message);
    made.violation.message += bound.str();
    open_context(made.violation, text.name);
    append_decimal_number(made.violation.context, bound);
    made.violation.context += '}';
    return made;
}

checked_constraint make_length(constraint const& c, type_kind of)
{
    checked_constraint made{.kind = c.kind, .integer = whole_of(c.bound), .regex = nullptr, .violation = {}};
    std::uint64_t const bound = made.integer.magnitude;
    auto const text = words_of(c.kind);
    if (of == type_kind::string) {
        made.violation = make_problem(text.type, text.message);
        append_count(made.violation.message, bound, "character");
        open_context(made.violation, text.name);
        append_json_int(made.violation.context, bound);
        made.violation.context += '}';
        return made;
    }
    // Message and ctx end with the actual length, which only a value has.
    bool const at_least = c.kind == constraint_kind::min_length;
    std::string_view const container = of == type_kind::list ? "List" : "Dictionary";
    made.violation = make_problem(at_least ? "too_short" : "too_long", container);
    made.violation.message += at_least ? " should have at least " : " should have at most ";
    append_count(made.violation.message, bound, "item");
    made.violation.message += " after validation, not ";
    open_context(made.violation, "field_type");
    append_json_string(made.violation.context, container);
    made.violation.context += at_least ? R"(,"min_length":)" : R"(,"max_length":)";
    append_json_int(made.violation.context, bound);
    made.violation.context += R"(,"actual_length":)";
    return made;
}

checked_constraint make_pattern(constraint const& c, std::string_view owner)
{
    checked_constraint made{.kind = c.kind, .regex = nullptr, .violation = {}};
    try {
        made.regex = std::make_shared<pattern const>(c.bound.text);
    } catch (std::invalid_argument const& e) {
        throw std::invalid_argument{"serval: " + std::string{owner} + ": " + e.what()};
    }
    auto const text = words_of(c.kind);
    made.violation = make_problem(text.type, text.message);
    made.violation.message += '\'';
    made.violation.message += c.bound.text;
    made.violation.message += '\'';
    open_context(made.violation, text.name);
    append_json_string(made.violation.context, c.bound.text);
    made.violation.context += '}';
    return made;
}

checked_constraint make_checked(constraint const& c, type_table const& type, std::string_view owner)
{
    type_kind const of = type.kind;
    switch (c.kind) {
    case constraint_kind::min_length:
    case constraint_kind::max_length:
        if (of != type_kind::string && of != type_kind::list && of != type_kind::map)
            refuse(owner, c.kind, "is for strings, lists and maps only");
        return make_length(c, of);
    case constraint_kind::pattern:
        if (of != type_kind::string) refuse(owner, c.kind, "is for strings only");
        return make_pattern(c, owner);
    default: break;
    }
    if (c.bound.is != constant::kind::integer && c.bound.is != constant::kind::number)
        refuse(owner, c.kind, "takes a number");
    if (of == type_kind::integer || of == type_kind::big_integer) return make_integer_bound(c, owner);
    if (of == type_kind::decimal) return make_decimal_bound(c, owner);
    if (of == type_kind::number) return make_number_bound(c, type, owner);
    refuse(owner, c.kind, "is for numbers only");
}

bool holds(constraint_kind kind, std::weak_ordering order) noexcept
{
    switch (kind) {
    case constraint_kind::le: return order <= 0;
    case constraint_kind::lt: return order < 0;
    case constraint_kind::ge: return order >= 0;
    default: return order > 0;
    }
}

bool within(checked_constraint const& c, big_integer const& value)
{
    if (c.kind == constraint_kind::multiple_of) return value.magnitude_modulo(c.integer.magnitude) == 0;
    bool const small = c.integer.negative; // then it is of 64 bits with a sign
    return holds(c.kind,
                 value <=> (small ? big_integer{to_int64(c.integer)} : big_integer{c.integer.magnitude}));
}

bool within(checked_constraint const& c, integer_value value) noexcept
{
    switch (c.kind) {
    case constraint_kind::multiple_of: return value.magnitude % c.integer.magnitude == 0;
    case constraint_kind::le: return compare(value, c.integer) <= 0;
    case constraint_kind::lt: return compare(value, c.integer) < 0;
    case constraint_kind::ge: return compare(value, c.integer) >= 0;
    default: return compare(value, c.integer) > 0;
    }
}

bool within(checked_constraint const& c, double value, bool is_float) noexcept
{
    switch (c.kind) {
    case constraint_kind::multiple_of: {
        // pydantic-core's tolerance: a billionth of the value, so that 0.3 is a multiple of 0.1. A float is a
        // hundred times further from what its digits say.
        if (is_float) value = double_of_digits(static_cast<float>(value));
        double const tolerance = std::fabs(value) / 1e9;
        double const remainder = std::fabs(std::fmod(value, c.number));
        return !(remainder > tolerance && std::fabs(remainder - c.number) > tolerance);
    }
    case constraint_kind::le: return value <= c.number;
    case constraint_kind::lt: return value < c.number;
    case constraint_kind::ge: return value >= c.number;
    default: return value > c.number;
    }
}

bool within(checked_constraint const& c, std::string const& value)
{
    if (c.kind == constraint_kind::pattern) return c.regex->search(value);
    auto const bound = static_cast<std::size_t>(c.integer.magnitude);
    // A code point has one to four bytes: most values need no counting.
    if (c.kind == constraint_kind::max_length)
        return value.size() <= bound || base::count_code_points(value) <= bound;
    return value.size() >= bound && (value.size() / 4 >= bound || base::count_code_points(value) >= bound);
}

bool length_within(checked_constraint const& c, std::size_t n) noexcept
{
    auto const bound = static_cast<std::size_t>(c.integer.magnitude);
    return c.kind == constraint_kind::max_length ? n <= bound : n >= bound;
}

void add_length_error(checked_constraint const& c, std::size_t n, error_input const& input,
                      location const& where, validation_errors& errors)
{
    problem what = c.violation;
    append_json_int(what.message, n);
    append_json_int(what.context, n);
    what.context += '}';
    errors.add(where, what, input);
}

} // namespace

type_table const& bare_type(type_table const& type)
{
    type_table const* bare = &type;
    for (;;) {
        if (bare->kind == type_kind::optional) {
            bare = &static_cast<detail::optional_ops const*>(bare->extra)->value();
        } else if (bare->kind == type_kind::defaulted) {
            bare = &static_cast<detail::wrapped_ops const*>(bare->extra)->value();
        } else {
            return *bare;
        }
    }
}

void const* bare_value(type_table const& type, void const* value)
{
    type_table const* bare = &type;
    while (value != nullptr) {
        if (bare->kind == type_kind::optional) {
            auto const& ops = *static_cast<detail::optional_ops const*>(bare->extra);
            value = ops.get(value);
            bare = &ops.value();
        } else if (bare->kind == type_kind::defaulted) {
            auto const& ops = *static_cast<detail::wrapped_ops const*>(bare->extra);
            value = ops.get(value);
            bare = &ops.value();
        } else {
            break;
        }
    }
    return value;
}

double number_bound(constant const& bound, type_table const& type) noexcept
{
    constexpr double largest = std::numeric_limits<float>::max();
    if (type.size != sizeof(float) || !(std::fabs(bound.number) <= largest)) return bound.number;
    return double_of_digits(static_cast<float>(bound.number));
}

constraint_set resolve_constraints(std::span<constraint const> constraints, type_table const& type,
                                   std::string_view owner)
{
    constraint_set made;
    made.reserve(constraints.size());
    for (constraint const& c : constraints)
        made.push_back(make_checked(c, bare_type(type), owner));
    std::sort(made.begin(), made.end(), [](checked_constraint const& a, checked_constraint const& b) {
        return rank(a.kind) < rank(b.kind);
    });
    return made;
}

bool check_list_length(constraint_span constraints, std::size_t n, error_input const& input,
                       location const& where, validation_errors& errors)
{
    for (checked_constraint const& c : constraints) {
        if (c.kind != constraint_kind::max_length || length_within(c, n)) continue;
        add_length_error(c, n, input, where, errors);
        return false;
    }
    return true;
}

namespace {

std::size_t size_of(type_table const& bare, void const* value)
{
    if (bare.kind == type_kind::list) return static_cast<detail::list_ops const*>(bare.extra)->size(value);
    if (bare.kind == type_kind::map) return static_cast<detail::map_ops const*>(bare.extra)->size(value);
    return 0;
}

/// `value` is neither optional nor defaulted.
bool within(checked_constraint const& c, type_table const& bare, void const* value)
{
    switch (bare.kind) {
    case type_kind::integer: return within(c, load_integer(bare, value));
    case type_kind::big_integer: return within(c, *static_cast<big_integer const*>(value));
    case type_kind::decimal: return holds(c.kind, *static_cast<decimal const*>(value) <=> *c.exact);
    case type_kind::number: return within(c, load_number(bare, value), bare.size == sizeof(float));
    case type_kind::string: return within(c, *static_cast<std::string const*>(value));
    default: return length_within(c, size_of(bare, value));
    }
}

} // namespace

checked_constraint const* first_violation(constraint_span constraints, type_table const& type,
                                          void const* value)
{
    if (constraints.empty()) return nullptr;
    type_table const& bare = bare_type(type);
    value = bare_value(type, value);
    if (value == nullptr) return nullptr;
    for (checked_constraint const& c : constraints) {
        if (!within(c, bare, value)) return &c;
    }
    return nullptr;
}

bool check_constraints(constraint_span constraints, type_table const& type, void const* value,
                       error_input const& input, location const& where, validation_errors& errors)
{
    checked_constraint const* const violated = first_violation(constraints, type, value);
    if (violated == nullptr) return true;
    type_table const& bare = bare_type(type);
    if (bare.kind == type_kind::list || bare.kind == type_kind::map) {
        add_length_error(*violated, size_of(bare, bare_value(type, value)), input, where, errors);
    } else {
        errors.add(where, violated->violation, input);
    }
    return false;
}

std::string_view name_of(constraint_kind kind) noexcept
{
    return words_of(kind).name;
}

} // namespace serval::model
