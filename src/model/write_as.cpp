#include "model/write_as.hpp"

#include "model/constant_value.hpp"
#include "model/constraint_set.hpp"
#include "model/decode.hpp"
#include "model/encode.hpp"
#include "model/json_document.hpp"
#include "model/json_writer.hpp"
#include "model/model_layout.hpp"
#include "model/owned_value.hpp"

#include <cstddef>
#include <map>
#include <utility>
#include <vector>

namespace serval::model {
namespace {

using detail::list_ops;
using detail::map_ops;
using detail::member_layout;
using detail::model_layout;
using detail::type_kind;
using detail::type_table;

/// Whether a value of `declared` is made of one of `type` part by part, neither of them optional.
bool is_parallel(type_table const& declared, type_table const& type)
{
    switch (declared.kind) {
    case type_kind::list:
    case type_kind::map:
    case type_kind::model: return type.kind == declared.kind;
    case type_kind::json:
    case type_kind::enumeration: return false; // of which a value may be no enumerator
    default: return &declared == &type;
    }
}

class writer {
public:
    writer(std::string& out, validation_errors& errors, std::size_t limit) noexcept
        : out_{out},
          errors_{errors},
          limit_{limit}
    {}

    bool write(type_table const& declared, constraint_span constraints, type_table const& type,
               void const* value, location const& where)
    {
        type_table const& wanted = bare_type(declared);
        type_table const& given = bare_type(type);
        value = bare_value(type, value);
        if (!has_room(out_.size(), limit_, value != nullptr ? length_of(given, value) : 0)) return false;
        if (wanted.kind == type_kind::json && value != nullptr) return append(given, value, out_, where);
        if (value == nullptr || !is_parallel(wanted, given))
            return write_read(declared, constraints, given, value, where);
        if (!check_constraints(constraints, given, value, error_input::null(), where, errors_)) return false;
        if (wanted.kind != type_kind::list && wanted.kind != type_kind::map &&
            wanted.kind != type_kind::model)
            return append(given, value, out_, where);
        if (++depth_ > max_encode_depth) return fail(encode_result::too_deep, where);
        bool const ok = wanted.kind == type_kind::list  ? write_list(wanted, given, value, where)
                        : wanted.kind == type_kind::map ? write_map(wanted, given, value, where)
                                                        : write_model(wanted, given, value, where);
        --depth_;
        return ok;
    }

private:
    /// Of what one value can be long by.
    static std::size_t length_of(type_table const& type, void const* value)
    {
        return type.kind == type_kind::string ? static_cast<std::string const*>(value)->size() : 0;
    }

    bool fail(encode_result why, location const& where)
    {
        std::string message{"It "};
        errors_.add(where, "json_type", message += reason_of(why), error_input::null());
        return false;
    }

    bool append(type_table const& type, void const* value, std::string& out, location const& where)
    {
        auto const result = encode(type, value, out, encode_style::model, limit_);
        if (result == encode_result::ok) return true;
        if (result == encode_result::too_long) return false;
        errors_.add(where, "json_type", "It " + model::explain(type, value), error_input::null());
        return false;
    }

    /// By way of JSON, for a value of another kind; null when it is null.
    bool write_read(type_table const& declared, constraint_span constraints, type_table const& given,
                    void const* value, location const& where)
    {
        std::string text;
        if (value == nullptr) {
            text = "null";
        } else if (!append(given, value, text, where)) {
            return false;
        }
        json_document document;
        if (document.parse(text, json_document::hard_max_depth) != json_outcome::ok)
            return fail(encode_result::too_deep, where);
        owned_value const read = make_value(declared);
        return decode_json(declared, constraints, document.root(), read.get(), where, errors_) &&
               append(declared, read.get(), out_, where);
    }

    bool write_list(type_table const& wanted, type_table const& given, void const* value,
                    location const& where)
    {
        auto const& ops = *static_cast<list_ops const*>(given.extra);
        type_table const& wanted_element = static_cast<list_ops const*>(wanted.extra)->element();
        type_table const& element = ops.element();
        std::size_t const n = ops.size(value);
        out_ += '[';
        for (std::size_t i = 0; i != n; ++i) {
            if (i != 0) out_ += ',';
            if (!write(wanted_element, {}, element, ops.at(value, i), location{where, i})) return false;
        }
        out_ += ']';
        return true;
    }

    struct map_context {
        writer& self;
        type_table const& wanted;
        type_table const& given;
        location const& where;
        bool first = true;
        bool ok = true;
    };

    bool write_map(type_table const& wanted, type_table const& given, void const* value,
                   location const& where)
    {
        auto const& ops = *static_cast<map_ops const*>(given.extra);
        map_context context{*this, static_cast<map_ops const*>(wanted.extra)->value(), ops.value(), where};
        out_ += '{';
        ops.for_each(value, &context, [](void* opaque, std::string const& key, void const* at) {
            auto& c = *static_cast<map_context*>(opaque);
            c.ok = has_room(c.self.out_.size(), c.self.limit_, key.size());
            if (!c.ok) return false;
            if (!std::exchange(c.first, false)) c.self.out_ += ',';
            append_json_string(c.self.out_, key);
            c.self.out_ += ':';
            c.ok = c.self.write(c.wanted, {}, c.given, at, location{c.where, key});
            return c.ok;
        });
        out_ += '}';
        return context.ok;
    }

    bool write_model(type_table const& wanted, type_table const& given, void const* value,
                     location const& where)
    {
        model_layout const& have = model_layout_of(given);
        auto const& members = model_layout_of(wanted).members;
        out_ += '{';
        for (std::size_t i = 0; i != members.size(); ++i) {
            member_layout const& member = members[i];
            location const here{where, member.key};
            out_ += member.written_key(i == 0);
            bool const in_step = i < have.members.size() && have.members[i].key == member.key;
            std::size_t const at = in_step ? i : have.find(member.key);
            if (at == have.members.size()) {
                if (!write_default(wanted, i, here)) return false;
                continue;
            }
            member_layout const& source = have.members[at];
            void const* const place = static_cast<std::byte const*>(value) + source.offset;
            if (!write(*member.type, member.constraints, *source.type, place, here)) return false;
        }
        out_ += '}';
        return true;
    }

    bool write_default(type_table const& wanted, std::size_t i, location const& here)
    {
        if (model_layout_of(wanted).members[i].required) {
            errors_.add_missing(here, error_input::null());
            return false;
        }
        auto found = defaults_.find(&wanted);
        if (found == defaults_.end()) found = defaults_.emplace(&wanted, initial_members_json(wanted)).first;
        if (found->second[i].empty()) return fail(encode_result::not_finite, here);
        out_ += found->second[i];
        return true;
    }

    std::string& out_;
    validation_errors& errors_;
    std::size_t limit_;
    std::map<type_table const*, std::vector<std::string>> defaults_; // made once for a list of models
    int depth_ = 0;
};

} // namespace

bool write_as(type_table const& declared, type_table const& type, void const* value, std::string& out,
              validation_errors& errors, std::size_t limit)
{
    std::size_t const before = out.size();
    if (writer{out, errors, limit}.write(declared, {}, type, value, location{"response"})) return true;
    out.resize(before);
    return false;
}

} // namespace serval::model
