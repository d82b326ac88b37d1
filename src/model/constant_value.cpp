#include "model/constant_value.hpp"

#include "model/decimal_text.hpp"
#include "model/decode_scalar.hpp"
#include "model/encode.hpp"
#include "model/enum_layout.hpp"
#include "model/model_layout.hpp"
#include "model/owned_value.hpp"
#include "model/scalar.hpp"

#include <serval/big_integer.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <memory>
#include <new>
#include <stdexcept>

namespace serval::model {
namespace {

using detail::constant;
using detail::type_kind;
using detail::type_table;

bool store_text(type_table const& type, std::string_view text, void* out)
{
    // Text for a number is a mistake in the declaration, although a request's text would do.
    bool const takes_text = is_scalar(type.kind) && type.kind != type_kind::boolean &&
                            type.kind != type_kind::integer && type.kind != type_kind::big_integer &&
                            type.kind != type_kind::number;
    if (!takes_text) return false;
    validation_errors errors;
    location const nowhere{""};
    return scalar_from_text(type, text, out, error_site{nowhere, error_input::null(), errors});
}

bool store_whole(type_table const& type, constant const& value, void* out)
{
    integer_value const whole = whole_of(value);
    switch (type.kind) {
    case type_kind::integer: return store_integer(type, whole, out);
    case type_kind::big_integer:
        *static_cast<big_integer*>(out) = value.is_large ? big_integer{whole.magnitude} : value.integer;
        return true;
    case type_kind::decimal:
        *static_cast<decimal*>(out) =
            value.is_large ? decimal{std::to_string(whole.magnitude)} : decimal{value.integer};
        return true;
    case type_kind::number: return store_number(type, value.number, out);
    case type_kind::enumeration:
        return !value.is_large && enum_layout_of(type).find(value.integer) != nullptr &&
               store_integer(type, whole, out);
    default: return false;
    }
}

bool store(type_table const& type, constant const& value, void* out)
{
    if (value.is == constant::kind::none || value.is == constant::kind::empty) return true;
    if (type.kind == type_kind::optional) {
        auto const& ops = *static_cast<detail::optional_ops const*>(type.extra);
        return store(ops.value(), value, ops.emplace(out));
    }
    if (type.kind == type_kind::defaulted) {
        auto const& ops = *static_cast<detail::wrapped_ops const*>(type.extra);
        return store(ops.value(), value, ops.renew(out));
    }
    switch (value.is) {
    case constant::kind::boolean:
        if (type.kind != type_kind::boolean) return false;
        *static_cast<bool*>(out) = value.integer != 0;
        return true;
    case constant::kind::integer: return store_whole(type, value, out);
    case constant::kind::number:
        if (type.kind == type_kind::decimal) {
            *static_cast<decimal*>(out) = decimal_from_double(value.number);
            return std::isfinite(value.number);
        }
        return type.kind == type_kind::number && store_number(type, value.number, out);
    default: return store_text(type, value.text, out);
    }
}

} // namespace

void check_constant(type_table const& type, constant const& value, std::string_view owner)
{
    owned_value const scratch = make_value(type);
    if (store(type, value, scratch.get())) return;
    throw std::invalid_argument{"serval: " + std::string{owner} + ": the default is no value of its type"};
}

void store_constant(type_table const& type, constant const& value, void* out)
{
    static_cast<void>(store(type, value, out)); // check_constant() has seen that it fits
}

std::string constant_json(type_table const& type, constant const& value)
{
    owned_value const scratch = make_value(type);
    store_constant(type, value, scratch.get());
    std::string out;
    if (encode(type, scratch.get(), out, encode_style::model) != encode_result::ok) return "null";
    return out;
}

std::vector<std::string> initial_members_json(type_table const& model)
{
    auto const& members = model_layout_of(model).members;
    std::vector<std::string> made(members.size());
    if (std::all_of(members.begin(), members.end(), [](auto const& member) { return member.required; }))
        return made; // its constructor is not run for nothing
    owned_value const scratch = make_value(model);
    for (std::size_t i = 0; i != members.size(); ++i) {
        if (members[i].required) continue;
        void const* const at = static_cast<std::byte const*>(scratch.get()) + members[i].offset;
        static_cast<void>(encode(*members[i].type, at, made[i], encode_style::model)); // else it stays empty
    }
    return made;
}

} // namespace serval::model
