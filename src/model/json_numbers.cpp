#include "model/json_numbers.hpp"

#include "model/number_text.hpp"

#include <cmath>
#include <cstddef>

namespace serval::model {

namespace {

bool fits_64_bits(std::string_view text)
{
    auto const value = parse_integer_from_json_number(text);
    return value && (!value->negative || fits(*value, 64, true));
}

bool is_held(json_view number)
{
    constexpr std::size_t few_digits = 18; // fit 64 bits
    std::string_view const text = number.number_text();
    if (number.kind() == json_kind::integer) return text.size() <= few_digits || fits_64_bits(text);
    return std::isfinite(number.as_double());
}

// Recursion is bounded by json_document::hard_max_depth.
bool holds_all(json_view value)
{
    switch (value.kind()) {
    case json_kind::integer:
    case json_kind::floating: return is_held(value);
    case json_kind::array:
        for (json_view const element : value.elements()) {
            if (!holds_all(element)) return false;
        }
        return true;
    case json_kind::object:
        for (auto const [key, member] : value.members()) {
            if (!holds_all(member)) return false;
        }
        return true;
    default: return true;
    }
}

void refuse_number(json_view number, location const& where, validation_errors& errors)
{
    if (number.kind() == json_kind::integer) {
        errors.add(where, integer_too_large(), number);
    } else {
        errors.add(where, "finite_number", "Input should be a finite number", number);
    }
}

/// Adds the errors; false when there are any.
bool check(json_view value, location const& where, validation_errors& errors)
{
    bool ok = true;
    switch (value.kind()) {
    case json_kind::integer:
    case json_kind::floating:
        ok = is_held(value);
        if (!ok) refuse_number(value, where, errors);
        return ok;
    case json_kind::array: {
        std::size_t index = 0;
        for (json_view const element : value.elements()) {
            if (errors.full()) return false;
            ok = check(element, location{where, index++}, errors) && ok;
        }
        return ok;
    }
    case json_kind::object: // of equal keys only the last value is taken
        for (auto const& [key, member] : unique_members(value)) {
            if (errors.full()) return false;
            ok = check(member, location{where, key}, errors) && ok;
        }
        return ok;
    default: return true;
    }
}

} // namespace

bool check_json_numbers(json_view value, location const& where, validation_errors& errors)
{
    // Nearly always there is nothing to say, and no key needs to be looked for twice.
    return holds_all(value) || check(value, where, errors);
}

} // namespace serval::model
