// Text that nobody can guess.
#pragma once

#include <cstddef>
#include <string>

namespace serval::base {

/// `bytes` random bytes of the system as twice as many digits 0-9a-f; `bytes` is at most 256.
///
/// Waits only on a system that has just started. Errors: std::system_error.
std::string random_hex(std::size_t bytes);

} // namespace serval::base
