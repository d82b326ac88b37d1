#include "model/model_layout.hpp"

#include "model/enum_layout.hpp"
#include "model/json_writer.hpp"
#include "model/owned_value.hpp"
#include "model/spelling.hpp"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <stdexcept>
#include <utility>

namespace serval::detail {

std::size_t model_layout::find(std::string_view key) const noexcept
{
    std::size_t i = 0;
    while (i != members.size() && !members[i].has_key(key))
        ++i;
    return i;
}

} // namespace serval::detail

namespace serval::model {
namespace {

using detail::member_layout;
using detail::member_rule;
using detail::model_layout;
using detail::model_slot;
using detail::model_source;
using detail::type_kind;
using detail::type_table;

[[noreturn]] void refuse(std::string_view model, std::string_view member, std::string_view why)
{
    std::string what = "serval: model \"";
    what += model;
    what += '"';
    if (!member.empty()) {
        what += ", member \"";
        what += member;
        what += '"';
    }
    what += ": ";
    what += why;
    throw std::invalid_argument{what};
}

/// The names of the members: described, or read out of the spelling.
std::vector<std::string_view> names_of(model_source const& source, std::string_view model)
{
    std::vector<std::string_view> names{source.names.begin(), source.names.end()};
    if (names.empty()) names = spelled_names(source.spelled);
    bool const readable = names.size() == source.member_count &&
                          std::none_of(names.begin(), names.end(), [](auto name) { return name.empty(); });
    if (!readable) {
        refuse(model, {},
               "the compiler does not tell its members' names; describe it with BOOST_DESCRIBE_STRUCT and "
               "include <serval/describe.hpp>");
    }
    return names;
}

member_layout make_member(std::string_view name, detail::member_entry const& entry)
{
    member_layout member;
    member.name = name;
    member.key = name;
    member.header_name = name;
    std::replace(member.header_name.begin(), member.header_name.end(), '_', '-');
    member.offset = entry.offset;
    member.type = entry.type;
    member.required = entry.type->kind != type_kind::optional && entry.type->kind != type_kind::defaulted;
    return member;
}

void apply_rule(model_layout& layout, member_rule const& rule)
{
    auto const at = std::find_if(layout.members.begin(), layout.members.end(),
                                 [&](member_layout const& m) { return m.name == rule.member; });
    if (at == layout.members.end())
        refuse(layout.type_name, rule.member, "rules name it, but it is no member");
    bool const twice = (!rule.alias.empty() && at->key != at->name) ||
                       (!rule.description.empty() && !at->description.empty()) ||
                       (rule.constraint_count != 0 && !at->declared.empty());
    if (twice) refuse(layout.type_name, at->name, "has two rules");
    if (!rule.alias.empty()) {
        at->key = rule.alias;
        at->header_name = rule.alias;
    }
    if (!rule.description.empty()) at->description = rule.description;
    if (rule.constraint_count == 0) return;
    at->declared = {rule.constraints, rule.constraint_count};
    std::string const owner = "model \"" + layout.type_name + "\", member \"" + at->name + '"';
    at->constraints = resolve_constraints(at->declared, *at->type, owner);
}

void render_keys(model_layout& layout)
{
    for (std::size_t i = 0; i != layout.members.size(); ++i) {
        member_layout& member = layout.members[i];
        if (layout.find(member.key) != i)
            refuse(layout.type_name, member.name, "another member has the key \"" + member.key + "\" too");
        member.rendered_key = ',';
        append_json_string(member.rendered_key, member.key);
        member.rendered_key += ':';
    }
}

/// Whether a model keeps something of what it was before when it is read.
bool may_keep(model_layout const& layout)
{
    return std::any_of(layout.members.begin(), layout.members.end(), [](member_layout const& member) {
        return !member.required || member.renew != nullptr;
    });
}

/// A default is not checked when a request leaves it out: it must be right.
void check_initialisers(model_layout const& layout, type_table const& type)
{
    auto const is_at_risk = [](member_layout const& m) { return !m.required && !m.constraints.empty(); };
    if (std::none_of(layout.members.begin(), layout.members.end(), is_at_risk)) return;
    owned_value const made = make_value(type);
    for (member_layout const& member : layout.members) {
        if (!is_at_risk(member)) continue;
        void const* const at = static_cast<std::byte const*>(made.get()) + member.offset;
        auto const* const broken = first_violation(member.constraints, *member.type, at);
        if (broken == nullptr) continue;
        std::string why{"its default breaks its own rule "};
        refuse(layout.type_name, member.name, why += name_of(broken->kind));
    }
}

std::unique_ptr<model_layout const> make_layout(type_table const& type, model_source const& source)
{
    auto layout = std::make_unique<model_layout>();
    layout->type_name = short_name(spelled_type(source.type_name));
    layout->forbids_extra = source.forbids_extra;
    if (source.member_count == 0 || source.member_count > max_members)
        refuse(layout->type_name, {}, "a model has 1 to 32 members");
    detail::member_entry entries[max_members];
    source.list(entries);
    auto const names = names_of(source, layout->type_name);
    layout->members.reserve(names.size());
    for (std::size_t i = 0; i != names.size(); ++i) {
        layout->members.push_back(make_member(names[i], entries[i]));
        if (entries[i].type->kind != type_kind::model || !may_keep(model_layout_of(*entries[i].type)))
            continue;
        layout->members.back().renew = static_cast<model_slot const*>(entries[i].type->extra)->source->renew;
    }
    for (member_rule const& rule : source.rules) {
        if (rule.member.data() != nullptr) {
            apply_rule(*layout, rule);
        } else if (!rule.description.empty()) { // forbid_extra's entry has neither
            layout->description = rule.description;
        }
    }
    render_keys(*layout);
    check_initialisers(*layout, type);
    return layout;
}

/// Walks over everything that a type is made of, each type once.
class walk {
public:
    void visit(type_table const& type)
    {
        if (std::find(seen_.begin(), seen_.end(), &type) != seen_.end()) return;
        seen_.push_back(&type);
        switch (type.kind) {
        case type_kind::optional: return visit(static_cast<detail::optional_ops const*>(type.extra)->value());
        case type_kind::defaulted: return visit(static_cast<detail::wrapped_ops const*>(type.extra)->value());
        case type_kind::list: return visit(static_cast<detail::list_ops const*>(type.extra)->element());
        case type_kind::map: return visit(static_cast<detail::map_ops const*>(type.extra)->value());
        case type_kind::enumeration: enum_layout_of(type); return;
        case type_kind::model:
            for (member_layout const& member : model_layout_of(type).members)
                visit(*member.type);
            return;
        default: return;
        }
    }

private:
    std::vector<type_table const*> seen_;
};

} // namespace

model_layout const& model_layout_of(type_table const& type)
{
    auto const& slot = *static_cast<model_slot const*>(type.extra);
    if (auto const* known = slot.layout.load(std::memory_order_acquire)) return *known;
    auto made = make_layout(type, *slot.source);
    model_layout const* expected = nullptr;
    if (!slot.layout.compare_exchange_strong(expected, made.get(), std::memory_order_acq_rel))
        return *expected;
    return *made.release(); // the slot keeps it for the life of the process
}

void resolve(type_table const& type)
{
    walk{}.visit(type);
}

} // namespace serval::model
