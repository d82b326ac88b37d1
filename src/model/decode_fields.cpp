#include "model/decode_fields.hpp"

#include "base/ascii.hpp"
#include "model/decode.hpp"
#include "model/encode.hpp"
#include "model/json_writer.hpp"
#include "model/model_layout.hpp"

#include <algorithm>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <vector>

namespace serval::model {
namespace {

using detail::member_layout;
using detail::model_layout;
using detail::type_table;

/// A key that stands for no member, with all of its values.
struct stranger {
    std::string name;
    std::vector<std::string_view> values;
};

class reader {
public:
    reader(model_layout const& layout, std::span<field const> fields, field_names names, void* out,
           location const& where, validation_errors& errors)
        : layout_{layout},
          fields_{fields},
          names_{names},
          out_{out},
          where_{where},
          errors_{errors}
    {}

    bool read()
    {
        bool ok = true;
        for (member_layout const& member : layout_.members)
            ok = read_member(member) && ok;
        if (!layout_.forbids_extra) return ok;
        for (stranger const& other : strangers()) {
            ok = false;
            errors_.add(location{where_, other.name}, "extra_forbidden", "Extra inputs are not permitted",
                        other.values.size() == 1 ? error_input::text(other.values.front())
                                                 : error_input::texts(other.values));
        }
        return ok;
    }

private:
    bool names(field const& f, member_layout const& member) const noexcept
    {
        return names_ == field_names::header ? base::iequals(f.name, member.header_name)
                                             : f.name == member.key;
    }

    void* place(member_layout const& member) const noexcept
    {
        return static_cast<std::byte*>(out_) + member.offset;
    }

    /// The received values of a member, the one that counts at the front.
    void collect(member_layout const& member)
    {
        values_.clear();
        for (field const& f : fields_) {
            if (names(f, member)) values_.push_back({f.value, f.file, f.content});
        }
        if (values_.empty() || takes_many(*member.type)) return;
        if (names_ != field_names::header) values_.front() = values_.back();
        if (names_ == field_names::form && values_.front().is_empty_text()) values_.clear();
    }

    bool read_member(member_layout const& member)
    {
        collect(member);
        location const here{where_, member.key};
        if (values_.empty()) {
            if (!member.required) return true;
            errors_.add_missing(here, error_input::json(received()));
            return false;
        }
        std::span<form_value const> const counting{values_.data(),
                                                   takes_many(*member.type) ? values_.size() : 1};
        return decode_form(*member.type, member.constraints, counting, place(member), here, errors_);
    }

    std::vector<stranger> strangers() const
    {
        std::vector<stranger> found;
        for (field const& f : fields_) {
            if (std::any_of(layout_.members.begin(), layout_.members.end(),
                            [&](member_layout const& member) { return names(f, member); }))
                continue;
            std::string name{f.name};
            if (names_ == field_names::header)
                std::transform(name.begin(), name.end(), name.begin(), base::to_lower);
            auto const same = std::find_if(found.begin(), found.end(),
                                           [&](stranger const& other) { return other.name == name; });
            if (same != found.end()) {
                same->values.push_back(f.value);
            } else {
                found.push_back({std::move(name), {f.value}});
            }
        }
        return found;
    }

    static std::string_view text_of(std::string_view value) noexcept { return value; }
    static std::string_view text_of(form_value const& value) noexcept { return value.text; }

    template <class Value>
    static void append_values(std::string& out, std::span<Value const> values, bool as_list)
    {
        if (as_list) out += '[';
        for (std::size_t i = 0; i != values.size(); ++i) {
            if (out.size() > validation_errors::max_bytes) return;
            if (i != 0) out += ',';
            append_json_string(out, text_of(values[i]));
        }
        if (as_list) out += ']';
    }

    /// What FastAPI hands to pydantic, and so what a missing member echoes: the members that were received or
    /// have a default, then all other keys.
    std::string_view received()
    {
        if (!received_.empty()) return received_;
        std::string out = "{";
        for (member_layout const& member : layout_.members) {
            collect(member);
            std::string value;
            if (!values_.empty()) {
                bool const many = takes_many(*member.type);
                append_values(value, std::span<form_value const>{values_.data(), many ? values_.size() : 1},
                              many);
            } else if (member.required || bare_value(*member.type, place(member)) == nullptr ||
                       encode(*member.type, place(member), value) != encode_result::ok) {
                continue;
            }
            out += member.written_key(out.size() == 1);
            out += value;
        }
        for (stranger const& other : strangers()) {
            if (out.size() > 1) out += ',';
            append_json_string(out, other.name);
            out += ':';
            append_values(out, std::span<std::string_view const>{other.values}, other.values.size() != 1);
        }
        out += '}';
        if (out.size() > validation_errors::max_bytes) out = "null"; // which was not rendered to its end
        received_ = std::move(out);
        values_.clear();
        return received_;
    }

    model_layout const& layout_;
    std::span<field const> fields_;
    field_names names_;
    void* out_;
    location const& where_;
    validation_errors& errors_;
    std::vector<form_value> values_;
    std::string received_;
};

} // namespace

bool decode_fields(type_table const& model, std::span<field const> fields, field_names names, void* out,
                   location const& where, validation_errors& errors)
{
    return reader{model_layout_of(model), fields, names, out, where, errors}.read();
}

void check_fields_model(type_table const& model, field_names names)
{
    model_layout const& layout = model_layout_of(model);
    for (member_layout const& member : layout.members) {
        bool const form = names == field_names::form;
        if (is_textual(*member.type) || (form && is_file(*member.type))) continue;
        throw std::invalid_argument{
            "serval: model \"" + layout.type_name + "\", member \"" + member.name +
            (form ? "\": a form model has scalars, files and lists of them only"
                  : "\": a query or header model has scalars and lists of scalars only")};
    }
}

} // namespace serval::model
