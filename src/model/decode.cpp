#include "model/decode.hpp"

#include "model/decode_scalar.hpp"
#include "model/json_numbers.hpp"
#include "model/model_layout.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

namespace serval::model {
namespace {

using detail::list_ops;
using detail::map_ops;
using detail::member_layout;
using detail::model_layout;
using detail::optional_ops;
using detail::type_kind;
using detail::type_table;
using detail::wrapped_ops;

/// What a list reserves for at most at once: elements of many bytes that a hostile body only announces should
/// not cost memory.
constexpr std::size_t max_reserved_bytes = std::size_t{64} << 10;

void reserve(list_ops const& ops, std::size_t n, void* list)
{
    ops.reserve(list, std::min(n, max_reserved_bytes / ops.element().size + 1));
}

/// Gives the elements of a list a place one by one. After an error the list is of no use: later elements,
/// read for their errors only, share the place of the first that failed, so that they cost no memory.
class list_filler {
public:
    list_filler(list_ops const& ops, void* list) noexcept : ops_{ops}, list_{list} {}

    /// Calls `read(void* place)`, which says whether it succeeded.
    template <class Read>
    void add(Read const& read)
    {
        if (ops_.commit != nullptr) { // std::vector<bool>
            bool bit = false;
            ok_ = read(&bit) && ok_;
            if (ok_) ops_.commit(list_, &bit);
            return;
        }
        if (ok_) place_ = ops_.append(list_);
        ok_ = read(place_) && ok_;
    }

    bool ok() const noexcept { return ok_; }

private:
    list_ops const& ops_;
    void* list_;
    void* place_ = nullptr;
    bool ok_ = true;
};

bool decode_list(type_table const& type, constraint_span constraints, json_view input, void* out,
                 location const& where, validation_errors& errors)
{
    if (input.kind() != json_kind::array) {
        errors.add(where, "list_type", "Input should be a valid list", input);
        return false;
    }
    if (!check_list_length(constraints, input.size(), input, where, errors)) return false;
    auto const& ops = *static_cast<list_ops const*>(type.extra);
    type_table const& element_type = ops.element();
    ops.clear(out);
    reserve(ops, input.size(), out);
    list_filler filler{ops, out};
    std::size_t index = 0;
    for (json_view const element : input.elements()) {
        if (errors.full()) return false;
        location const here{where, index++};
        filler.add([&](void* place) {
            return read_plain_json(element_type, element, place) ||
                   decode_json(element_type, element, place, here, errors);
        });
    }
    return filler.ok();
}

bool decode_map(type_table const& type, json_view input, void* out, location const& where,
                validation_errors& errors)
{
    if (input.kind() != json_kind::object) {
        errors.add(where, "dict_type", "Input should be a valid dictionary", input);
        return false;
    }
    auto const& ops = *static_cast<map_ops const*>(type.extra);
    type_table const& value_type = ops.value();
    ops.clear(out);
    void* place = nullptr;
    bool ok = true;
    visit_unique_members(input, [&](std::string_view key, json_view value) {
        if (errors.full()) return ok = false;
        if (ok) place = ops.slot(out, std::string{key}); // as in a list, what failed is not kept
        ok = (read_plain_json(value_type, value, place) ||
              decode_json(value_type, value, place, location{where, key}, errors)) &&
             ok;
        return true;
    });
    return ok;
}

/// The input's values for the members of a model: the last of equal keys.
struct found_members {
    std::uint32_t known = 0; // a bit for each member that has one
    bool extra = false;      // there are other keys
    std::array<json_view, max_members> values;
};
static_assert(max_members <= 32);

void find_members(model_layout const& layout, json_view input, found_members& found)
{
    std::size_t const count = layout.members.size();
    std::size_t next = 0; // most clients send the members in their order
    for (auto const& [key, value] : input.members()) {
        std::size_t const i = next < count && layout.members[next].has_key(key) ? next : layout.find(key);
        if (i == count) {
            found.extra = true;
        } else {
            found.known |= std::uint32_t{1} << i;
            found.values[i] = value;
            next = i + 1;
        }
    }
}

void refuse_extra(model_layout const& layout, json_view input, location const& where,
                  validation_errors& errors)
{
    for (auto const& [key, value] : unique_members(input)) {
        if (errors.full()) return;
        if (layout.find(key) != layout.members.size()) continue;
        errors.add(location{where, key}, "extra_forbidden", "Extra inputs are not permitted", value);
    }
}

bool decode_model(type_table const& type, json_view input, void* out, location const& where,
                  validation_errors& errors)
{
    if (input.kind() != json_kind::object) {
        errors.add(where, "model_attributes_type",
                   "Input should be a valid dictionary or object to extract fields from", input);
        return false;
    }
    model_layout const& layout = model_layout_of(type);
    found_members found;
    find_members(layout, input, found);
    bool ok = true;
    for (std::size_t i = 0; i != layout.members.size(); ++i) {
        member_layout const& member = layout.members[i];
        bool const is_known = (found.known >> i & 1) != 0;
        void* const place = static_cast<std::byte*>(out) + member.offset;
        if (is_known && member.constraints.empty() && read_plain_json(*member.type, found.values[i], place))
            continue;
        location const here{where, member.key};
        if (is_known) {
            if (member.renew != nullptr) member.renew(place);
            ok = decode_json(*member.type, member.constraints, found.values[i], place, here, errors) && ok;
        } else if (member.required) {
            errors.add_missing(here, input);
            ok = false;
        }
    }
    if (!found.extra || !layout.forbids_extra || errors.of_result()) return ok;
    refuse_extra(layout, input, where, errors);
    return false;
}

bool read_json(type_table const& type, json_view input, void* out, location const& where,
               validation_errors& errors)
{
    if (!check_json_numbers(input, where, errors)) return false;
    static_cast<detail::json_ops const*>(type.extra)->read(out, input);
    return true;
}

bool decode_text_list(type_table const& type, constraint_span constraints,
                      std::span<std::string_view const> texts, void* out, location const& where,
                      validation_errors& errors)
{
    auto const& ops = *static_cast<list_ops const*>(type.extra);
    type_table const& element_type = ops.element();
    error_input const echoed = error_input::texts(texts);
    if (!check_list_length(constraints, texts.size(), echoed, where, errors)) return false;
    ops.clear(out);
    reserve(ops, texts.size(), out);
    list_filler filler{ops, out};
    for (std::size_t i = 0; i != texts.size(); ++i) {
        location const here{where, i};
        filler.add([&](void* place) { return decode_text(element_type, texts[i], place, here, errors); });
    }
    return filler.ok() && check_constraints(constraints, type, out, echoed, where, errors);
}

} // namespace

bool decode_json(type_table const& type, constraint_span constraints, json_view input, void* out,
                 location const& where, validation_errors& errors)
{
    bool ok = false;
    switch (type.kind) {
    case type_kind::optional: {
        auto const& ops = *static_cast<optional_ops const*>(type.extra);
        if (!input.is_null())
            return decode_json(ops.value(), constraints, input, ops.emplace(out), where, errors);
        ops.reset(out);
        return true;
    }
    case type_kind::defaulted: {
        auto const& ops = *static_cast<wrapped_ops const*>(type.extra);
        return decode_json(ops.value(), constraints, input, ops.renew(out), where, errors);
    }
    case type_kind::list: ok = decode_list(type, constraints, input, out, where, errors); break;
    case type_kind::map: ok = decode_map(type, input, out, where, errors); break;
    case type_kind::model: ok = decode_model(type, input, out, where, errors); break;
    case type_kind::json: ok = read_json(type, input, out, where, errors); break;
    default: ok = scalar_from_json(type, input, out, error_site{where, input, errors});
    }
    return ok && (constraints.empty() || check_constraints(constraints, type, out, input, where, errors));
}

bool decode_json(type_table const& type, json_view input, void* out, location const& where,
                 validation_errors& errors)
{
    return decode_json(type, {}, input, out, where, errors);
}

bool decode_text(type_table const& type, constraint_span constraints, std::string_view text, void* out,
                 location const& where, validation_errors& errors)
{
    if (type.kind == type_kind::optional) {
        auto const& ops = *static_cast<optional_ops const*>(type.extra);
        return decode_text(ops.value(), constraints, text, ops.emplace(out), where, errors);
    }
    if (type.kind == type_kind::defaulted) {
        auto const& ops = *static_cast<wrapped_ops const*>(type.extra);
        return decode_text(ops.value(), constraints, text, ops.renew(out), where, errors);
    }
    if (type.kind == type_kind::list)
        return decode_text_list(type, constraints, {&text, 1}, out, where, errors);
    error_site const site{where, error_input::text(text), errors};
    return scalar_from_text(type, text, out, site) &&
           (constraints.empty() || check_constraints(constraints, type, out, site.input, where, errors));
}

bool decode_text(type_table const& type, std::string_view text, void* out, location const& where,
                 validation_errors& errors)
{
    return decode_text(type, {}, text, out, where, errors);
}

bool decode_texts(type_table const& list, constraint_span constraints,
                  std::span<std::string_view const> texts, void* out, location const& where,
                  validation_errors& errors)
{
    if (list.kind == type_kind::optional) {
        auto const& ops = *static_cast<optional_ops const*>(list.extra);
        return decode_texts(ops.value(), constraints, texts, ops.emplace(out), where, errors);
    }
    if (list.kind == type_kind::defaulted) {
        auto const& ops = *static_cast<wrapped_ops const*>(list.extra);
        return decode_texts(ops.value(), constraints, texts, ops.renew(out), where, errors);
    }
    return decode_text_list(list, constraints, texts, out, where, errors);
}

bool decode_texts(type_table const& list, std::span<std::string_view const> texts, void* out,
                  location const& where, validation_errors& errors)
{
    return decode_texts(list, {}, texts, out, where, errors);
}

bool takes_many(type_table const& type)
{
    return bare_type(type).kind == type_kind::list;
}

bool is_textual(type_table const& type)
{
    type_table const& bare = bare_type(type);
    if (bare.kind != type_kind::list) return is_scalar(bare.kind);
    return is_scalar(bare_type(static_cast<list_ops const*>(bare.extra)->element()).kind);
}

} // namespace serval::model
