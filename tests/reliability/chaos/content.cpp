#include "content.hpp"

#include "random.hpp"

#include <algorithm>

namespace chaos {

namespace {

constexpr std::size_t block_size = 64 * 1024;

std::string make_block()
{
    random numbers{1};
    std::string made(block_size, '\0');
    for (auto& c : made)
        c = static_cast<char>('!' + numbers.below(90U)); // no '{', for a look at the end of a JSON text
    for (char const quoted : {'"', '\\'})
        std::replace(made.begin(), made.end(), quoted, '_');
    return made;
}

} // namespace

std::string content(std::uint64_t id, std::size_t index, std::size_t size)
{
    static std::string const block = make_block();
    std::string made = '[' + std::to_string(id) + '.' + std::to_string(index) + ']';
    made.reserve(std::max(size, made.size()));
    std::size_t at = (id * 7919 + index * 104729) % block_size;
    while (made.size() < size) {
        std::size_t const n = std::min(size - made.size(), block_size - at);
        made.append(block, at, n);
        at = 0;
    }
    made.resize(size);
    return made;
}

std::size_t element_size(std::uint64_t id, std::size_t index, bool large) noexcept
{
    if (!large) return 10 + (id * 31 + index * 17) % 300;
    constexpr std::size_t sizes[] = {24, 20'000, 40'000};
    return sizes[(id + index) % 3];
}

void digest::add(std::string_view bytes) noexcept
{
    for (char const c : bytes)
        sum_ = (sum_ ^ static_cast<unsigned char>(c)) * 1099511628211U;
    length_ += bytes.size();
}

std::string digest::text() const
{
    return std::to_string(length_) + ' ' + std::to_string(sum_);
}

} // namespace chaos
