// The memory of one call: the values of its parameters and dependencies, and what destroys them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace serval::handler {

/// Raw memory whose layout the endpoint knows, and a list of what was constructed in it.
///
/// Small frames, nearly all, live in place; values end in the reverse order of their making, and the memory
/// is kept. The values of plain dependencies end on the pool, where they were made: see `clear_on_loop`.
class call_frame {
public:
    /// On which thread a value may be destroyed.
    enum class end_place : std::uint8_t { anywhere, loop, pool };

    call_frame() = default;
    ~call_frame() { clear(); }
    call_frame(call_frame const&) = delete;
    call_frame& operator=(call_frame const&) = delete;

    /// Makes room for `bytes`. The frame must be clear.
    void reserve(std::size_t bytes)
    {
        if (bytes > in_place_.size() && bytes > heap_bytes_) {
            heap_ = std::make_unique<std::byte[]>(bytes);
            heap_bytes_ = bytes;
        }
        base_ = bytes > in_place_.size() ? heap_.get() : in_place_.data();
    }

    void* at(std::uint32_t offset) noexcept { return base_ + offset; }

    /// Makes room for one more `owns`, which then cannot fail. Throws std::bad_alloc.
    void expect_owned()
    {
        if (owned_.size() == owned_.capacity()) owned_.reserve(2 * owned_.size() + 4);
    }
    /// `destroy(at)` runs when the frame is cleared; null is allowed and does nothing.
    void owns(void (*destroy)(void*) noexcept, void* at, end_place where = end_place::anywhere)
    {
        if (destroy != nullptr) owned_.push_back({destroy, at, where});
    }

    /// Destroys values until the next one must end on the pool. True: there is one.
    bool clear_on_loop() noexcept { return clear_before(end_place::pool); }
    /// The same until the next one must end on the loop.
    bool clear_on_pool() noexcept { return clear_before(end_place::loop); }

    /// How many values there are.
    std::size_t count() const noexcept { return owned_.size(); }
    /// Destroys the last values here, until `left` are left.
    void clear_to(std::size_t left) noexcept
    {
        while (owned_.size() > left)
            destroy_last();
    }

    /// Destroys all values here.
    void clear() noexcept
    {
        while (!owned_.empty())
            destroy_last();
    }

private:
    struct owned_value {
        void (*destroy)(void*) noexcept;
        void* at;
        end_place where;
    };

    bool clear_before(end_place other) noexcept
    {
        while (!owned_.empty()) {
            if (owned_.back().where == other) return true;
            destroy_last();
        }
        return false;
    }

    void destroy_last() noexcept
    {
        auto const last = owned_.back();
        owned_.pop_back();
        last.destroy(last.at);
    }

    alignas(std::max_align_t) std::array<std::byte, 1024> in_place_;
    std::byte* base_ = in_place_.data();
    std::unique_ptr<std::byte[]> heap_;
    std::size_t heap_bytes_ = 0;
    std::vector<owned_value> owned_;
};

} // namespace serval::handler
