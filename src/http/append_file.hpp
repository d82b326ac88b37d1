// Sends a file through memory.
#pragma once

#include "http/body_producer.hpp"

#include <cstdint>

namespace serval::http {

/// Reads `count` bytes of a file from `offset` on, and appends them: for sinks that cannot send a file as it
/// is. Waits for the disk: the bytes should be in memory. Throws as body_sink::send_file.
task<void> append_file(body_sink& out, int descriptor, std::uint64_t offset, std::uint64_t count);

} // namespace serval::http
