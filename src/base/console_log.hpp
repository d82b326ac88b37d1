// The sink behind serval::console_log(), for any pair of descriptors.
#pragma once

#include <serval/log.hpp>

#include <cstddef>
#include <memory>

namespace serval::base {

/// As much text as waits for the thread that writes; what comes beyond is dropped.
inline constexpr std::size_t console_queue_bytes = 1024 * 1024;

/// Writes access records to `access_fd`, and all others to `server_fd`, on a thread of the sink's own.
///
/// Does not own the descriptors. See serval::console_log().
std::shared_ptr<log_sink> make_console_log(int access_fd, int server_fd);

} // namespace serval::base
