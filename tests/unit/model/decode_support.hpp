// What the tests of decoding and encoding share: one call from text to value and errors, and back.
#pragma once

#include "model/decode.hpp"
#include "model/encode.hpp"
#include "model/json_document.hpp"

#include <serval/detail/type_of.hpp>

#include <stdexcept>
#include <string>
#include <string_view>

namespace serval::model::test {

template <class T>
struct decoded {
    T value{};
    bool ok = false;
    std::string errors; ///< the items of `detail`
};

inline std::string items(validation_errors const& errors)
{
    std::string const body = errors.body();
    return body.substr(11, body.size() - 13);
}

template <class T>
decoded<T> from_json(std::string_view text, constraint_span constraints = {})
{
    json_document document;
    if (document.parse(text) != json_outcome::ok)
        throw std::invalid_argument{"not JSON: " + std::string{text}};
    decoded<T> result;
    validation_errors errors;
    location const body{"body"};
    result.ok = decode_json(detail::type_of<T>(), constraints, document.root(), &result.value, body, errors);
    result.errors = items(errors);
    if (result.ok != errors.empty()) throw std::logic_error{"the result does not say what the errors say"};
    return result;
}

template <class T>
decoded<T> from_text(std::string_view text, constraint_span constraints = {})
{
    decoded<T> result;
    validation_errors errors;
    location const path{"path"};
    location const here{path, "v"};
    result.ok = decode_text(detail::type_of<T>(), constraints, text, &result.value, here, errors);
    result.errors = items(errors);
    if (result.ok != errors.empty()) throw std::logic_error{"the result does not say what the errors say"};
    return result;
}

template <class T>
std::string to_json(T const& value)
{
    std::string out;
    switch (encode(detail::type_of<T>(), &value, out)) {
    case encode_result::ok: return out;
    case encode_result::not_finite: return "not finite";
    case encode_result::out_of_range: return "out of range";
    case encode_result::too_deep: return "too deep";
    case encode_result::too_long: return "too long";
    }
    return "no result";
}

} // namespace serval::model::test
