// An open file of the system, owned.
#pragma once

#include <cerrno>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace serval::base {

/// `errno` as an error code.
inline std::error_code last_error() noexcept
{
    return {errno, std::generic_category()};
}

/// Closes its descriptor at the end.
class file_descriptor {
public:
    file_descriptor() noexcept = default;
    explicit file_descriptor(int number) noexcept : number_{number} {}
    file_descriptor(file_descriptor&& other) noexcept : number_{std::exchange(other.number_, -1)} {}
    file_descriptor& operator=(file_descriptor&& other) noexcept
    {
        file_descriptor old{std::exchange(number_, std::exchange(other.number_, -1))};
        return *this;
    }
    ~file_descriptor()
    {
        if (number_ >= 0) ::close(number_);
    }

    int number() const noexcept { return number_; }
    explicit operator bool() const noexcept { return number_ >= 0; }
    /// Gives the descriptor to the caller, who closes it.
    int release() noexcept { return std::exchange(number_, -1); }

    /// Closes now and tells what closing found: network file systems report a full disk that late.
    std::error_code close() noexcept
    {
        // Not again after EINTR: Linux has closed the descriptor all the same.
        if (::close(std::exchange(number_, -1)) == 0 || errno == EINTR) return {};
        return last_error();
    }

private:
    int number_ = -1;
};

} // namespace serval::base
