// Whether reading a file waits for its disk.
#pragma once

#include <cstdint>

namespace serval::base {

/// True when bytes of `file` can be read without waiting, as far as its first and last byte tell, and when
/// the file system cannot say. Does not wait.
bool is_in_memory(int file, std::uint64_t offset, std::uint64_t count) noexcept;

/// Reads bytes of `file` from the disk into the system's memory, and what follows them soon after. Blocks.
/// Errors are left to those who read.
void bring_into_memory(int file, std::uint64_t offset, std::uint64_t count) noexcept;

} // namespace serval::base
