#include "wire/head.hpp"

#include "base/ascii.hpp"

#include <algorithm>

namespace serval::wire {

field const* request_head::find(std::string_view name) const noexcept
{
    auto const all = fields();
    auto const found = std::ranges::find_if(all, [&](field const& f) { return base::iequals(f.name, name); });
    return found == all.end() ? nullptr : &*found;
}

} // namespace serval::wire
