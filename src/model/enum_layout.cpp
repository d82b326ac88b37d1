#include "model/enum_layout.hpp"

#include "model/json_writer.hpp"
#include "model/spelling.hpp"

#include <algorithm>
#include <memory>
#include <stdexcept>

namespace serval::detail {

enum_layout::entry const* enum_layout::find(std::string_view name) const noexcept
{
    auto const at =
        std::find_if(entries.begin(), entries.end(), [&](entry const& e) { return e.name == name; });
    return at == entries.end() ? nullptr : &*at;
}

enum_layout::entry const* enum_layout::find(std::int64_t value) const noexcept
{
    auto const at =
        std::find_if(entries.begin(), entries.end(), [&](entry const& e) { return e.value == value; });
    return at == entries.end() ? nullptr : &*at;
}

} // namespace serval::detail

namespace serval::model {
namespace {

using detail::enum_layout;
using detail::enum_slot;
using detail::enum_source;

void add_entries(enum_layout& layout, enum_source const& source)
{
    for (auto const& e : source.enumerators)
        layout.entries.push_back({std::string{e.name}, e.value});
    if (!source.enumerators.empty()) return;
    std::int64_t value = 0;
    for (std::string_view const name : spelled_names(source.spelled)) {
        if (!name.empty()) layout.entries.push_back({std::string{name}, value});
        ++value;
    }
}

/// `'red', 'green' or 'blue'`, as pydantic lists them; `1 or 2`.
std::string listed(enum_layout const& layout)
{
    auto const& entries = layout.entries;
    std::string out;
    for (std::size_t i = 0; i != entries.size(); ++i) {
        if (i != 0) out += i + 1 == entries.size() ? " or " : ", ";
        out += layout.by_value ? std::to_string(entries[i].value) : '\'' + entries[i].name + '\'';
    }
    return out;
}

std::unique_ptr<enum_layout const> make_layout(enum_source const& source)
{
    auto layout = std::make_unique<enum_layout>();
    layout->type_name = short_name(spelled_type(source.type_name));
    layout->by_value = source.by_value;
    add_entries(*layout, source);
    if (layout->entries.empty()) {
        throw std::invalid_argument{
            "serval: enumeration \"" + layout->type_name +
            "\" has no enumerator from 0 to 63; describe it with BOOST_DESCRIBE_ENUM and "
            "include <serval/describe.hpp>"};
    }
    layout->expected = listed(*layout);
    layout->context = R"({"expected":)";
    append_json_string(layout->context, layout->expected);
    layout->context += '}';
    return layout;
}

} // namespace

enum_layout const& enum_layout_of(detail::type_table const& type)
{
    auto const& slot = *static_cast<enum_slot const*>(type.extra);
    if (auto const* known = slot.layout.load(std::memory_order_acquire)) return *known;
    auto made = make_layout(*slot.source);
    enum_layout const* expected = nullptr;
    if (!slot.layout.compare_exchange_strong(expected, made.get(), std::memory_order_acq_rel))
        return *expected;
    return *made.release(); // the slot keeps it for the life of the process
}

} // namespace serval::model
