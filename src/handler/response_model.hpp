// What a handler gave, held against what its route declares to send.
#pragma once

#include <serval/detail/type_table.hpp>

#include <cstddef>
#include <string>

namespace serval::handler {

/// Resolves a response model. Throws std::invalid_argument for one that cannot be sent.
void check_response_model(detail::type_table const& type);

/// Appends `value`, of type `type`, as the JSON of a `declared`. Throws std::domain_error when it is no value
/// of that, hence 500: it says where and why, and quotes nothing of the value.
///
/// False, and `out` is as before: that would be longer than `limit`.
bool append_declared(std::string& out, detail::type_table const& declared, detail::type_table const& type,
                     void const* value, std::size_t limit);

} // namespace serval::handler
