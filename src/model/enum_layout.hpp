// The enumerators of an enumeration, read out of the compiler's spelling at first use.
#pragma once

#include <serval/detail/type_table.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace serval::detail {

/// What is known of an enumeration.
struct enum_layout {
    struct entry {
        std::string name;
        std::int64_t value;
    };

    std::string type_name;      ///< `color` for `ns::color`
    std::vector<entry> entries; ///< by order of declaration when described, else of value
    bool by_value = false;      ///< written and read as numbers
    std::string expected;       ///< `'red', 'green' or 'blue'`, `1 or 2`
    std::string context;        ///< `{"expected":"'red', 'green' or 'blue'"}`

    entry const* find(std::string_view name) const noexcept;
    entry const* find(std::int64_t value) const noexcept;
};

} // namespace serval::detail

namespace serval::model {

/// The layout of an enumeration's type table. Lock-free but for the first use.
///
/// Throws std::invalid_argument when no enumerator lies in 0 … 63 and the enumeration is not described.
detail::enum_layout const& enum_layout_of(detail::type_table const& type);

} // namespace serval::model
