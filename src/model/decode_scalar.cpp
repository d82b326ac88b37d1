#include "model/decode_scalar.hpp"

#include "model/decimal_text.hpp"
#include "model/email_text.hpp"
#include "model/encode.hpp"
#include "model/enum_layout.hpp"
#include "model/literal_text.hpp"
#include "model/scalar.hpp"
#include "model/temporal_text.hpp"
#include "model/url_text.hpp"
#include "model/uuid_text.hpp"

#include <cmath>
#include <string>
#include <utility>

namespace serval::model {
namespace {

using detail::type_kind;
using detail::type_table;

template <class T>
bool store(outcome<T> result, void* out, error_site const& site)
{
    if (result.has_error()) return site.fail(result.error());
    *static_cast<T*>(out) = std::move(*result);
    return true;
}

bool store_int(type_table const& type, outcome<integer_value> const& result, void* out,
               error_site const& site)
{
    if (result.has_error()) return site.fail(result.error());
    return store_integer(type, *result, out) || site.fail(integer_too_large());
}

/// Without an outcome, which is larger than most integers are worth.
bool store_plain_int(type_table const& type, std::string_view text, void* out) noexcept
{
    auto const value = read_plain_integer(text);
    return value && store_integer(type, *value, out);
}

void store_string(std::string_view text, void* out)
{
    auto& string = *static_cast<std::string*>(out);
    string.clear(); // assign() would provide for a text in the string itself
    string.append(text);
}

bool store_float(type_table const& type, outcome<double> const& result, void* out, error_site const& site)
{
    if (result.has_error()) return site.fail(result.error());
    // FastAPI takes NaN and infinities, and answers 500 when they come back in the response.
    return store_number(type, *result, out) || site.fail("finite_number", "Input should be a finite number");
}

/// An enumeration that is known by its numbers; what is no integer is no value of it either.
bool store_enumerator(type_table const& type, outcome<big_integer> const& result, void* out,
                      error_site const& site)
{
    if (result.has_error()) return fail_kind(type, site);
    auto const value = result->to_int64();
    if (!value) { // pydantic's own table of values is of 64 bits, and it echoes what it looked for
        site.errors.add(site.where, integer_too_large(), error_input::json(result->str()));
        return false;
    }
    if (enum_layout_of(type).find(*value) == nullptr) return fail_kind(type, site);
    return store_integer(type, make_integer(*value), out);
}

bool store_enumerator(type_table const& type, std::string_view text, void* out, error_site const& site)
{
    auto const& layout = enum_layout_of(type);
    if (layout.by_value) return store_enumerator(type, parse_big_integer(text), out, site);
    auto const* entry = layout.find(text);
    if (entry == nullptr) return fail_kind(type, site);
    return store_integer(type, make_integer(entry->value), out);
}

/// Why a type does not hold a duration or a time.
std::string explain(detail::duration_fit fit, std::int64_t step)
{
    if (fit == detail::duration_fit::out_of_range) return "value is outside of the supported range";
    constexpr std::pair<std::int64_t, std::string_view> units[] = {
        {1'000, "milliseconds"},  {1'000'000, "seconds"},   {60'000'000, "minutes"},
        {3'600'000'000, "hours"}, {86'400'000'000, "days"}, {604'800'000'000, "weeks"},
    };
    for (auto const& [size, name] : units) {
        if (size == step) return "value is not a whole number of " + std::string{name};
    }
    return "value is not a multiple of " + std::to_string(step) + " microseconds";
}

bool store_sys_time(type_table const& type, outcome<datetime> const& result, void* out,
                    error_site const& site)
{
    if (result.has_error()) return site.fail(result.error());
    auto const& ops = *static_cast<detail::duration_ops const*>(type.extra);
    auto const at =
        result->to_sys_time(); // in UTC the first and the last day may be in no year of four digits
    auto const fit = is_representable(at) ? ops.store(out, at.time_since_epoch().count())
                                          : detail::duration_fit::out_of_range;
    return fit == detail::duration_fit::exact ||
           site.fail(make_problem("datetime_parsing", "Input should be a valid datetime, ", "error",
                                  explain(fit, ops.step)));
}

bool store_duration(type_table const& type, outcome<duration> const& result, void* out,
                    error_site const& site)
{
    if (result.has_error()) return site.fail(result.error());
    auto const& ops = *static_cast<detail::duration_ops const*>(type.extra);
    auto const fit = ops.store(out, result->count());
    return fit == detail::duration_fit::exact ||
           site.fail(make_problem("time_delta_parsing", "Input should be a valid timedelta, ", "error",
                                  explain(fit, ops.step)));
}

bool from_boolean(type_table const& type, bool input, void* out, error_site const& site)
{
    switch (type.kind) {
    case type_kind::boolean: *static_cast<bool*>(out) = input; return true;
    case type_kind::integer: return store_int(type, make_integer(input ? 1 : 0), out, site);
    case type_kind::big_integer: return store(outcome<big_integer>{big_integer{input ? 1 : 0}}, out, site);
    case type_kind::number: return store_float(type, input ? 1.0 : 0.0, out, site);
    case type_kind::enumeration:
        if (!enum_layout_of(type).by_value) return fail_kind(type, site);
        return store_enumerator(type, outcome<big_integer>{big_integer{input ? 1 : 0}}, out, site);
    // A Python bool is an int, and an int is a number of seconds.
    case type_kind::duration: return store_duration(type, duration{input ? 1'000'000 : 0}, out, site);
    case type_kind::timedelta:
        *static_cast<timedelta*>(out) = timedelta{duration{input ? 1'000'000 : 0}};
        return true;
    default: return fail_kind(type, site);
    }
}

bool from_number(type_table const& type, json_view input, void* out, error_site const& site)
{
    std::string_view const raw = input.number_text();
    bool const whole = input.kind() == json_kind::integer;
    switch (type.kind) {
    case type_kind::boolean: return store(parse_bool_from_json_number(raw), out, site);
    case type_kind::integer: return store_int(type, parse_integer_from_json_number(raw), out, site);
    case type_kind::number: {
        double const value = input.as_double();
        // Python's int has no infinity to become.
        if (whole && !std::isfinite(value)) return fail_kind(type, site);
        return store_float(type, value, out, site);
    }
    case type_kind::big_integer: return store(parse_big_integer_from_json_number(raw), out, site);
    case type_kind::decimal: return store(parse_decimal_from_json_number(raw), out, site);
    case type_kind::enumeration:
        if (!enum_layout_of(type).by_value) return fail_kind(type, site);
        return store_enumerator(type, parse_big_integer_from_json_number(raw), out, site);
    case type_kind::date: return store(parse_date_from_json_number(raw), out, site);
    case type_kind::time_of_day: return store(parse_time_from_json_number(raw), out, site);
    case type_kind::datetime: return store(parse_datetime_from_json_number(raw), out, site);
    case type_kind::sys_time: return store_sys_time(type, parse_datetime_from_json_number(raw), out, site);
    case type_kind::duration: return store_duration(type, parse_duration_from_json_number(raw), out, site);
    case type_kind::timedelta: return store(parse_timedelta_from_json_number(raw), out, site);
    default: return fail_kind(type, site);
    }
}

} // namespace

bool fail_kind(type_table const& type, error_site const& site)
{
    switch (type.kind) {
    case type_kind::boolean: return site.fail("bool_type", "Input should be a valid boolean");
    case type_kind::integer:
    case type_kind::big_integer: return site.fail("int_type", "Input should be a valid integer");
    case type_kind::decimal:
        return site.fail("decimal_type",
                         "Decimal input should be an integer, float, string or Decimal object");
    case type_kind::url: return site.fail("url_type", "URL input should be a string or URL");
    case type_kind::literal: return site.fail(literal_problem(type));
    case type_kind::number: return site.fail("float_type", "Input should be a valid number");
    case type_kind::uuid:
        return site.fail("uuid_type", "UUID input should be a string, bytes or UUID object");
    case type_kind::date: return site.fail("date_type", "Input should be a valid date");
    case type_kind::time_of_day: return site.fail("time_type", "Input should be a valid time");
    case type_kind::datetime:
    case type_kind::sys_time: return site.fail("datetime_type", "Input should be a valid datetime");
    case type_kind::duration:
    case type_kind::timedelta: return site.fail("time_delta_type", "Input should be a valid timedelta");
    case type_kind::enumeration: {
        auto const& layout = enum_layout_of(type);
        site.errors.add(site.where, "enum", "Input should be " + layout.expected, site.input, layout.context);
        return false;
    }
    default: return site.fail("string_type", "Input should be a valid string");
    }
}

bool is_scalar(type_kind kind) noexcept
{
    switch (kind) {
    case type_kind::optional:
    case type_kind::defaulted:
    case type_kind::list:
    case type_kind::map:
    case type_kind::model:
    case type_kind::json:
    case type_kind::bytes:
    case type_kind::upload_file: return false;
    default: return true;
    }
}

bool read_plain_text(type_table const& type, std::string_view text, void* out)
{
    switch (type.kind) {
    case type_kind::string: store_string(text, out); return true;
    case type_kind::integer: return store_plain_int(type, text, out);
    case type_kind::email:
        if (!is_plain_email(text)) return false;
        *static_cast<email*>(out) = email::from_normalized(std::string{text});
        return true;
    default: return false;
    }
}

bool read_plain_json(type_table const& type, json_view input, void* out)
{
    if (input.kind() == json_kind::string) return read_plain_text(type, input.string(), out);
    return input.kind() == json_kind::integer && type.kind == type_kind::integer &&
           store_plain_int(type, input.number_text(), out);
}

bool scalar_from_json(type_table const& type, json_view input, void* out, error_site const& site)
{
    if (read_plain_json(type, input, out)) return true;
    switch (input.kind()) {
    case json_kind::string: return scalar_from_text(type, input.string(), out, site);
    case json_kind::boolean: return from_boolean(type, input.boolean(), out, site);
    case json_kind::integer:
    case json_kind::floating: return from_number(type, input, out, site);
    default: return fail_kind(type, site);
    }
}

bool scalar_from_text(type_table const& type, std::string_view text, void* out, error_site const& site)
{
    if (read_plain_text(type, text, out)) return true; // all that there is for a string
    switch (type.kind) {
    case type_kind::boolean: return store(parse_bool(text), out, site);
    case type_kind::integer: return store_int(type, parse_integer(text), out, site);
    case type_kind::big_integer: return store(parse_big_integer(text), out, site);
    case type_kind::decimal: return store(parse_decimal(text), out, site);
    case type_kind::url: return store(parse_url(text), out, site);
    case type_kind::literal: return store_literal(type, text, out) || fail_kind(type, site);
    case type_kind::number: return store_float(type, parse_double(text), out, site);
    case type_kind::enumeration: return store_enumerator(type, text, out, site);
    case type_kind::email: return store(parse_any_email(text), out, site);
    case type_kind::uuid: return store(parse_uuid(text), out, site);
    case type_kind::date: return store(parse_date(text), out, site);
    case type_kind::time_of_day: return store(parse_time(text), out, site);
    case type_kind::datetime: return store(parse_datetime(text), out, site);
    case type_kind::sys_time: return store_sys_time(type, parse_datetime(text), out, site);
    case type_kind::duration: return store_duration(type, parse_duration(text), out, site);
    case type_kind::timedelta: return store(parse_timedelta(text), out, site);
    default: return fail_kind(type, site);
    }
}

} // namespace serval::model
