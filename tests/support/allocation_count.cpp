// Apart from its users, so that g++ cannot inline half of a new and delete pair and then warn that they do
// not match.
#include "support/allocation_count.hpp"

#include <cstddef>
#include <cstdlib>
#include <new>

namespace {

thread_local int count = 0;

} // namespace

void* operator new(std::size_t size)
{
    ++count;
    if (void* const memory = std::malloc(size == 0 ? 1 : size)) return memory;
    throw std::bad_alloc{};
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

} // namespace serval::test
