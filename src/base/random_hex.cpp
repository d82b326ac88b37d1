// Text that nobody can guess.
#include "base/random_hex.hpp"

#include <array>
#include <cassert>
#include <cerrno>
#include <sys/random.h>
#include <system_error>

namespace serval::base {

std::string random_hex(std::size_t bytes)
{
    std::array<unsigned char, 256> random; // up to this size getrandom is neither cut short nor interrupted
    assert(bytes <= random.size());
    if (::getrandom(random.data(), bytes, 0) != static_cast<ssize_t>(bytes))
        throw std::system_error{errno, std::generic_category(), "random bytes"};
    std::string text;
    text.reserve(2 * bytes);
    for (std::size_t i = 0; i != bytes; ++i) {
        text.push_back("0123456789abcdef"[random[i] >> 4U]);
        text.push_back("0123456789abcdef"[random[i] & 15U]);
    }
    return text;
}

} // namespace serval::base
