// What JSON is too large for a loop.
#pragma once

#include <cstddef>

namespace serval::handler {

/// JSON of more bytes than this is read and written on the pool for JSON, where it holds up nobody.
inline constexpr std::size_t large_json = 64 * 1024;

} // namespace serval::handler
