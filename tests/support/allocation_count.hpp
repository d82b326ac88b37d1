/// Counts what a thread takes from operator new. Only executables that use it replace operator new.
#pragma once

namespace serval::test {

/// The number of calls of operator new that the calling thread has made so far.
int allocation_count() noexcept;

} // namespace serval::test
