// What a protocol needs while it works on a request, and gives back while it is idle.
#pragma once

#include "handler/request_context.hpp"

#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace serval::server_impl {

/// Received bytes that are not consumed yet, in one piece.
///
/// Bytes stay where they are until `make_room` or `consume`: a request's views depend on that.
class input_buffer {
public:
    static constexpr std::size_t initial_size = 16 * 1024;

    std::string_view bytes() const noexcept { return {data_.get() + begin_, end_ - begin_}; }
    bool empty() const noexcept { return begin_ == end_; }
    std::size_t capacity() const noexcept { return capacity_; }

    /// Space behind the bytes, at least `least` long. Moves bytes: no view may be in use.
    std::span<char> make_room(std::size_t least)
    {
        if (begin_ == end_) begin_ = end_ = 0;
        if (capacity_ - end_ < least && begin_ != 0) {
            std::memmove(data_.get(), data_.get() + begin_, end_ - begin_);
            end_ -= begin_;
            begin_ = 0;
        }
        if (capacity_ - end_ < least) grow(end_ + least);
        return {data_.get() + end_, capacity_ - end_};
    }

    void commit(std::size_t n) noexcept { end_ += n; }
    void consume(std::size_t n) noexcept { begin_ += n; }
    void clear() noexcept { begin_ = end_ = 0; }

    /// Appends a copy of `bytes`.
    void append(std::string_view bytes)
    {
        if (bytes.empty()) return;
        auto const room = make_room(bytes.size());
        std::memcpy(room.data(), bytes.data(), bytes.size());
        commit(bytes.size());
    }

private:
    void grow(std::size_t least)
    {
        auto const size = std::max({least, initial_size, capacity_ * 2});
        auto grown = std::make_unique_for_overwrite<char[]>(size);
        if (end_ != begin_) std::memcpy(grown.get(), data_.get() + begin_, end_ - begin_);
        end_ -= begin_;
        begin_ = 0;
        data_ = std::move(grown);
        capacity_ = size;
    }

    std::unique_ptr<char[]> data_;
    std::size_t capacity_ = 0;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
};

/// What a protocol has received and not used, and made and not sent.
struct message_buffers {
    input_buffer input;
    std::string output;        ///< answers that are not sent yet
    std::vector<char> body_in; ///< where a body is read that did not come with its head
};

/// The memory of one request being worked on: a protocol's, which lends it to the exchange.
struct workspace {
    message_buffers buffers;
    detail::request_context context;
    client_address client{}; ///< of a request that its connection has left to background tasks
};

/// Spare workspaces of a loop: an idle connection has none.
class workspace_pool {
public:
    static constexpr std::size_t max_spare = 64;

    std::unique_ptr<workspace> take()
    {
        if (spare_.empty()) return std::make_unique<workspace>();
        auto taken = std::move(spare_.back());
        spare_.pop_back();
        return taken;
    }

    /// Keeps a workspace for the next taker, which finds it empty, unless it has grown large or there are
    /// plenty.
    void give_back(std::unique_ptr<workspace> used)
    {
        constexpr std::size_t keep = 64 * 1024;
        auto& buffers = used->buffers;
        if (spare_.size() >= max_spare || buffers.input.capacity() > keep || buffers.output.capacity() > keep)
            return;
        used->context.reset();
        buffers.input.clear();
        buffers.output.clear();
        std::vector<char>{}.swap(buffers.body_in); // an assignment would keep the memory
        spare_.push_back(std::move(used));
    }

private:
    std::vector<std::unique_ptr<workspace>> spare_;
};

} // namespace serval::server_impl
