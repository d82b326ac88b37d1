// What a cancelled wait throws.
#pragma once

#include <exception>

namespace serval::http {

/// True for what unwinds from a wait that was cancelled: operation_aborted of Asio's operations, and what its
/// channels give in that case.
bool is_cancellation(std::exception_ptr const& thrown) noexcept;

/// Throws operation_aborted, as a wait does that is cancelled.
[[noreturn]] void throw_cancelled();

} // namespace serval::http
