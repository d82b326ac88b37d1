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
/// Small frames, nearly all, live in place; `clear` destroys in reverse order and keeps the memory.
class call_frame {
public:
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

    /// `destroy(at)` runs when the frame is cleared; null is allowed and does nothing.
    void owns(void (*destroy)(void*) noexcept, void* at)
    {
        if (destroy != nullptr) owned_.push_back({destroy, at});
    }

    void clear() noexcept
    {
        while (!owned_.empty()) {
            auto const last = owned_.back();
            owned_.pop_back();
            last.destroy(last.at);
        }
    }

private:
    struct owned_value {
        void (*destroy)(void*) noexcept;
        void* at;
    };

    alignas(std::max_align_t) std::array<std::byte, 1024> in_place_;
    std::byte* base_ = in_place_.data();
    std::unique_ptr<std::byte[]> heap_;
    std::size_t heap_bytes_ = 0;
    std::vector<owned_value> owned_;
};

} // namespace serval::handler
