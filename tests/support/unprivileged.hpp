/// Doing without the rights of root.
#pragma once

#include <unistd.h>

namespace serval::test {

/// While it lives, no thread of this process may read what others may not. Nothing to do unless tests run as
/// root.
class unprivileged {
public:
    unprivileged() noexcept
    {
        if (was_ == 0) is_ = ::seteuid(65534) == 0;
    }
    ~unprivileged()
    {
        if (was_ == 0 && is_) static_cast<void>(::seteuid(was_));
    }
    unprivileged(unprivileged const&) = delete;
    unprivileged& operator=(unprivileged const&) = delete;

    /// False when this process cannot become so.
    explicit operator bool() const noexcept { return is_; }

private:
    uid_t const was_ = ::geteuid();
    bool is_ = was_ != 0;
};

} // namespace serval::test
