// Tells of a coroutine's end, however it came.
#pragma once

#include <boost/asio/io_context.hpp>

#include <exception>
#include <new>
#include <optional>
#include <utility>

namespace serval::server_impl {

/// A completion handler for co_spawn on `context` that is not lost: an operation that cannot allocate has no
/// completion, and destroys the coroutine that awaits it. Then `Told` is called with std::bad_alloc, and what
/// it throws is dropped. It is not called when the context is destroyed with the coroutine.
template <class Told>
class coroutine_end {
public:
    coroutine_end(boost::asio::io_context& context, Told told) : context_{&context}, told_{std::move(told)} {}
    coroutine_end(coroutine_end&& other) noexcept
        : context_{other.context_},
          told_{std::exchange(other.told_, std::nullopt)}
    {}
    coroutine_end& operator=(coroutine_end&&) = delete;
    ~coroutine_end()
    {
        if (!told_ || !context_->get_executor().running_in_this_thread()) return;
        try {
            (*this)(std::make_exception_ptr(std::bad_alloc{}));
        } catch (...) { // nobody is left to hear it
        }
    }

    void operator()(std::exception_ptr thrown)
    {
        auto told = std::exchange(told_, std::nullopt);
        (*told)(std::move(thrown));
    }

private:
    boost::asio::io_context* context_;
    std::optional<Told> told_;
};

} // namespace serval::server_impl
