#include "model/decode_form.hpp"

#include "model/decode.hpp"
#include "model/decode_scalar.hpp"
#include "model/model_layout.hpp"

#include <serval/upload_file.hpp>

#include <algorithm>
#include <cstddef>
#include <vector>

namespace serval::model {
namespace {

using detail::list_ops;
using detail::optional_ops;
using detail::type_kind;
using detail::type_table;
using detail::wrapped_ops;

type_table const& element_of(type_table const& list)
{
    return static_cast<list_ops const*>(list.extra)->element();
}

bool decode_one(type_table const& type, constraint_span constraints, form_value const& value, void* out,
                location const& where, validation_errors& errors)
{
    error_input const echoed = error_input::text(value.text);
    error_site const site{where, echoed, errors};
    if (type.kind == type_kind::upload_file) {
        if (value.file == nullptr) {
            errors.add(where, "value_error", "Value error, Expected UploadFile, received: <class 'str'>",
                       echoed, R"({"error":{}})");
            return false;
        }
        *static_cast<upload_file*>(out) = *value.file;
        return true;
    }
    if (type.kind == type_kind::bytes) {
        std::string_view const content = value.content != nullptr ? *value.content : value.text;
        static_cast<detail::bytes_ops const*>(type.extra)->assign(out, content);
        return true;
    }
    if (value.is_file()) return fail_kind(bare_type(type), site);
    return decode_text(type, constraints, value.text, out, where, errors);
}

/// A list of files, or of text with files among it.
bool decode_mixed(type_table const& type, constraint_span constraints, std::span<form_value const> values,
                  void* out, location const& where, validation_errors& errors)
{
    auto const& ops = *static_cast<list_ops const*>(type.extra);
    std::vector<std::string_view> texts;
    for (auto const& value : values)
        texts.push_back(value.text);
    error_input const echoed = error_input::texts(texts);
    if (!check_list_length(constraints, values.size(), echoed, where, errors)) return false;
    ops.clear(out);
    bool ok = true;
    for (std::size_t i = 0; i != values.size(); ++i) {
        bool bit = false; // std::vector<bool> has no places; what it would hold here is refused
        void* const place = ops.append != nullptr ? ops.append(out) : &bit;
        ok = decode_one(ops.element(), {}, values[i], place, location{where, i}, errors) && ok;
    }
    return ok && check_constraints(constraints, type, out, echoed, where, errors);
}

bool decode_list(type_table const& type, constraint_span constraints, std::span<form_value const> values,
                 void* out, location const& where, validation_errors& errors)
{
    bool const has_files =
        std::any_of(values.begin(), values.end(), [](auto const& v) { return v.is_file(); });
    if (has_files || is_file(type)) return decode_mixed(type, constraints, values, out, where, errors);
    std::vector<std::string_view> texts;
    for (auto const& value : values)
        texts.push_back(value.text);
    return decode_texts(type, constraints, texts, out, where, errors);
}

class file_search {
public:
    bool visit(type_table const& type)
    {
        if (std::find(seen_.begin(), seen_.end(), &type) != seen_.end()) return false;
        seen_.push_back(&type);
        switch (type.kind) {
        case type_kind::upload_file: return true;
        case type_kind::optional: return visit(static_cast<optional_ops const*>(type.extra)->value());
        case type_kind::defaulted: return visit(static_cast<wrapped_ops const*>(type.extra)->value());
        case type_kind::list: return visit(element_of(type));
        case type_kind::map: return visit(static_cast<detail::map_ops const*>(type.extra)->value());
        case type_kind::model: {
            auto const& members = model_layout_of(type).members;
            return std::any_of(members.begin(), members.end(), [&](auto const& m) { return visit(*m.type); });
        }
        default: return false;
        }
    }

private:
    std::vector<type_table const*> seen_;
};

} // namespace

bool decode_form(type_table const& type, constraint_span constraints, std::span<form_value const> values,
                 void* out, location const& where, validation_errors& errors)
{
    if (type.kind == type_kind::optional) {
        auto const& ops = *static_cast<optional_ops const*>(type.extra);
        return decode_form(ops.value(), constraints, values, ops.emplace(out), where, errors);
    }
    if (type.kind == type_kind::defaulted) {
        auto const& ops = *static_cast<wrapped_ops const*>(type.extra);
        return decode_form(ops.value(), constraints, values, ops.renew(out), where, errors);
    }
    if (type.kind == type_kind::list) return decode_list(type, constraints, values, out, where, errors);
    return decode_one(type, constraints, values.back(), out, where, errors);
}

bool is_file(type_table const& type)
{
    type_table const& bare = bare_type(type);
    if (bare.kind == type_kind::list) return bare_type(element_of(bare)).kind == type_kind::upload_file;
    return bare.kind == type_kind::upload_file;
}

bool is_form_value(type_table const& type)
{
    return is_textual(type) || is_file(type);
}

bool holds_file(type_table const& type)
{
    return file_search{}.visit(type);
}

} // namespace serval::model
