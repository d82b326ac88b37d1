// The memory that uploaded files may take.
#pragma once

#include "base/sync.hpp"

#include <atomic>
#include <cstddef>
#include <memory>
#include <utility>

namespace serval::http {

/// What all forms of a server may hold together. Thread-safe; memory_share takes from it.
class memory_budget {
public:
    explicit memory_budget(std::size_t bytes) noexcept : bytes_{bytes} {}
    memory_budget(memory_budget const&) = delete;
    memory_budget& operator=(memory_budget const&) = delete;

    /// Bytes that are taken; more than there are when some were taken whatever the count.
    std::size_t used() const noexcept { return used_.load(std::memory_order_relaxed); }

private:
    friend class memory_share;

    bool take(std::size_t n) noexcept
    {
        auto used = used_.load(std::memory_order_relaxed);
        do {
            if (used > bytes_ || n > bytes_ - used) return false;
        } while (!used_.compare_exchange_weak(used, used + n, std::memory_order_relaxed));
        return true;
    }
    void take_anyway(std::size_t n) noexcept { used_.fetch_add(n, std::memory_order_relaxed); }
    void give_back(std::size_t n) noexcept { used_.fetch_sub(n, std::memory_order_relaxed); }

    std::size_t const bytes_;
    base::atomic<std::size_t> used_{0};
};

/// What one file holds of a budget, given back at its end, on whatever thread that is. Keeps the budget: an
/// upload may outlive its server.
class memory_share {
public:
    memory_share() = default;
    /// Of none when `of` is null: then there is no bound.
    explicit memory_share(std::shared_ptr<memory_budget> of) noexcept : of_{std::move(of)} {}
    memory_share(memory_share&& other) noexcept
        : of_{std::move(other.of_)},
          bytes_{std::exchange(other.bytes_, 0)}
    {}
    memory_share& operator=(memory_share&& other) noexcept
    {
        release();
        of_ = std::move(other.of_);
        bytes_ = std::exchange(other.bytes_, 0);
        return *this;
    }
    ~memory_share() { release(); }

    std::size_t bytes() const noexcept { return bytes_; }
    /// Takes `n` bytes more. False: there are not as many.
    bool grow(std::size_t n) noexcept
    {
        if (of_ && !of_->take(n)) return false;
        bytes_ += n;
        return true;
    }
    void grow_anyway(std::size_t n) noexcept
    {
        if (of_) of_->take_anyway(n);
        bytes_ += n;
    }
    /// Gives all of it back.
    void release() noexcept
    {
        auto const held = std::exchange(bytes_, 0);
        if (of_) of_->give_back(held);
    }

private:
    std::shared_ptr<memory_budget> of_;
    std::size_t bytes_ = 0;
};

/// What the files of one form may hold while it is read, and where they have it from. Used by one thread at a
/// time.
class form_memory {
public:
    form_memory(std::size_t bytes, std::shared_ptr<memory_budget> server) noexcept
        : bytes_{bytes},
          server_{std::move(server)}
    {}

    /// An empty share, for one file.
    memory_share begin() const noexcept { return memory_share{server_}; }
    /// False when the form, or the server, has not as much.
    bool grow(memory_share& share, std::size_t n) noexcept
    {
        if (used_ > bytes_ || n > bytes_ - used_ || !share.grow(n)) return false;
        used_ += n;
        return true;
    }
    void grow_anyway(memory_share& share, std::size_t n) noexcept
    {
        share.grow_anyway(n);
        used_ += n;
    }
    /// What `share` holds is free again: its file has gone to the disk.
    void release(memory_share& share) noexcept
    {
        used_ -= share.bytes();
        share.release();
    }

private:
    std::size_t bytes_;
    std::size_t used_ = 0; // more than there are when some were taken whatever the count
    std::shared_ptr<memory_budget> server_;
};

} // namespace serval::http
