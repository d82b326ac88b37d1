// Memory for one function that is posted to a loop.
#pragma once

#include <cstddef>

namespace serval::http {

/// What Asio queues for a way to a loop: it lies in what makes the trip, one at a time, since a thread that
/// found no memory could tell nobody.
struct trip_memory {
    static constexpr std::size_t size = 128;
    alignas(std::max_align_t) std::byte bytes[size];
};

template <class T>
class trip_allocator {
public:
    using value_type = T;

    explicit trip_allocator(trip_memory& memory) noexcept : memory_{&memory} {}
    template <class U>
    explicit trip_allocator(trip_allocator<U> const& other) noexcept : memory_{&other.memory()}
    {}

    T* allocate(std::size_t) noexcept
    {
        static_assert(sizeof(T) <= trip_memory::size && alignof(T) <= alignof(trip_memory));
        return static_cast<T*>(static_cast<void*>(memory_->bytes));
    }
    void deallocate(T*, std::size_t) noexcept {}

    trip_memory& memory() const noexcept { return *memory_; }
    template <class U>
    bool operator==(trip_allocator<U> const& other) const noexcept
    {
        return memory_ == &other.memory();
    }

private:
    trip_memory* memory_;
};

} // namespace serval::http
