/// Counts what a thread takes from operator new and aligned_alloc, which test executables replace, and makes
/// them fail.
#pragma once

namespace serval::test {

/// The number of allocations that the calling thread has made so far.
int allocation_count() noexcept;

/// Lets the calling thread have `n` more allocations; those after fail, with std::bad_alloc.
void fail_allocations_after(int n) noexcept;
/// The same, but only the first one of those fails.
void fail_one_allocation_after(int n) noexcept;
/// True while an allocation fails now, or one later.
bool allocations_fail() noexcept;
/// Ends that.
void allow_allocations() noexcept;

} // namespace serval::test
