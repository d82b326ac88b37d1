/// Descriptors that have run out.
#pragma once

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

namespace serval::test {

/// While it lives, no thread of this process can open anything; what is open stays so. Not under sanitizers:
/// UBSan needs descriptors to look at objects.
class no_descriptors {
public:
    no_descriptors() noexcept
    {
        ::getrlimit(RLIMIT_NOFILE, &before_);
        int const lowest_free = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
        ::close(lowest_free);
        rlimit const few{static_cast<rlim_t>(lowest_free), before_.rlim_max};
        ::setrlimit(RLIMIT_NOFILE, &few);
    }
    ~no_descriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }
    no_descriptors(no_descriptors const&) = delete;
    no_descriptors& operator=(no_descriptors const&) = delete;

private:
    rlimit before_{};
};

} // namespace serval::test
