// Whether reading a file waits for its disk.
#include "base/page_cache.hpp"

#include "base/temp_file.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <fcntl.h>
#include <sys/uio.h>

namespace serval::base {

namespace {

bool can_read_at_once(int file, std::uint64_t offset) noexcept
{
    char byte = 0;
    iovec const to{&byte, 1};
    // Only EAGAIN is an answer: kernels and file systems without the flag say EOPNOTSUPP.
    return ::preadv2(file, &to, 1, static_cast<off_t>(offset), RWF_NOWAIT) >= 0 || errno != EAGAIN;
}

} // namespace

bool is_in_memory(int file, std::uint64_t offset, std::uint64_t count) noexcept
{
    return count == 0 || (can_read_at_once(file, offset) && can_read_at_once(file, offset + count - 1));
}

void bring_into_memory(int file, std::uint64_t offset, std::uint64_t count) noexcept
{
    // Twice as much: the disk goes on while these bytes are sent.
    ::posix_fadvise(file, static_cast<off_t>(offset), static_cast<off_t>(2 * count), POSIX_FADV_WILLNEED);
    std::array<char, 32 * 1024> piece; // reading is the only way to wait for them
    while (count != 0) {
        auto const wanted = static_cast<std::size_t>(std::min<std::uint64_t>(piece.size(), count));
        auto const [n, error] = read_all_at(file, offset, piece.data(), wanted);
        if (n != wanted) return;
        offset += n;
        count -= n;
    }
}

} // namespace serval::base
