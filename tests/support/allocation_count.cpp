// Apart from its users, so that g++ cannot inline half of a new and delete pair and then warn that they do
// not match.
#include "support/allocation_count.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <limits>
#include <new>

namespace {

constexpr int unlimited = std::numeric_limits<int>::max();

thread_local int count = 0;
thread_local int last_count = unlimited; // beyond which allocations fail
thread_local bool once = false;          // or the first of them

bool may_allocate() noexcept
{
    if (count >= last_count) {
        if (once) last_count = unlimited;
        return false;
    }
    ++count;
    return true;
}

} // namespace

void* operator new(std::size_t size)
{
    if (may_allocate()) {
        if (void* const memory = std::malloc(size == 0 ? 1 : size)) return memory;
    }
    throw std::bad_alloc{};
}

// Asio's own allocations. posix_memalign is as ASan's, and takes no alignment below a pointer's.
extern "C" void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept
{
    void* memory = nullptr;
    if (!may_allocate()) return nullptr;
    if (::posix_memalign(&memory, std::max(alignment, sizeof memory), size) == 0) return memory;
    return nullptr;
}

void operator delete(void* memory) noexcept
{
    std::free(memory);
}

void operator delete(void* memory, std::size_t) noexcept
{
    std::free(memory);
}

namespace serval::test {

int allocation_count() noexcept
{
    return count;
}

void fail_allocations_after(int n) noexcept
{
    once = false;
    last_count = count + n;
}

void fail_one_allocation_after(int n) noexcept
{
    once = true;
    last_count = count + n;
}

bool allocations_fail() noexcept
{
    return last_count != unlimited;
}

void allow_allocations() noexcept
{
    last_count = unlimited;
}

} // namespace serval::test
