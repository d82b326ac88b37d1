#include "base/short_text.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace serval::base {

TEST(short_text, is_equal_when_every_byte_is)
{
    for (std::size_t size = 0; size != 40; ++size) {
        std::string const one = "<" + std::string(size, 'x');
        std::string other = one;
        EXPECT_TRUE(equal_bytes(one.data() + 1, other.data() + 1, size)) << size;
        for (std::size_t at = 0; at != size; ++at) {
            for (unsigned byte = 0; byte != 256; ++byte) {
                other[at + 1] = static_cast<char>(static_cast<unsigned char>(byte));
                EXPECT_EQ(equal_bytes(one.data() + 1, other.data() + 1, size), byte == 'x')
                    << size << ' ' << at;
            }
            other[at + 1] = 'x';
        }
    }
}

TEST(short_text, is_hashed_with_all_its_bytes_and_its_size)
{
    std::set<std::uint64_t> hashes;
    std::size_t texts = 0;
    for (std::size_t size = 0; size != 40; ++size) {
        std::string text(size, 'x');
        EXPECT_EQ(hash_bytes(text.data(), size), hash_bytes(std::string(text).data(), size));
        hashes.insert(hash_bytes(text.data(), size));
        ++texts;
        for (std::size_t at = 0; at != size; ++at) {
            for (char const c : {'\0', 'a', 'y', '\xff'}) {
                text[at] = c;
                hashes.insert(hash_bytes(text.data(), size));
                ++texts;
            }
            text[at] = 'x';
        }
    }
    EXPECT_EQ(hashes.size(), texts);
}

} // namespace serval::base
