// The sink behind serval::console_log(), for any pair of descriptors.
#pragma once

#include <serval/log.hpp>

#include <memory>

namespace serval::base {

/// Writes access records to `access_fd`, gathered up to 16 KiB or `flush()`, and all others to `server_fd` at
/// once, in one write each. Does not own the descriptors. A descriptor that takes nothing loses records: the
/// sink neither throws nor waits long.
std::shared_ptr<log_sink> make_console_log(int access_fd, int server_fd);

} // namespace serval::base
