#include "wire/gzip_reader.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace serval::wire {
namespace {

using namespace std::string_view_literals;

// python3: gzip.compress(b"serval " * 40, mtime=0)
constexpr auto file = "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\x2b\x4e\x2d\x2a\x4b\xcc\x51"
                      "\x28\x1e\xa5\x50\x29\x00\xc6\x36\x90\x95\x18\x01\x00\x00"sv;

std::string content()
{
    std::string made;
    for (int i = 0; i != 40; ++i)
        made += "serval ";
    return made;
}

// What `reader` gives in pieces of `size` bytes, with '!' behind it for an error.
std::string read_in_pieces(std::string_view compressed, std::size_t size)
{
    gzip_reader reader{compressed};
    std::string out;
    std::string piece(size, '\0');
    for (;;) {
        auto const n = reader.read(std::span<char>{piece});
        if (n.has_error()) return out + '!';
        if (*n == 0) return out;
        out.append(piece, 0, *n);
    }
}

TEST(gzip_reader, gives_the_content_whatever_the_size_of_the_pieces)
{
    for (std::size_t size : {1U, 2U, 7U, 64U, 279U, 280U, 281U, 4096U})
        EXPECT_EQ(read_in_pieces(file, size), content()) << size;
}

TEST(gzip_reader, a_file_that_is_cut_short_is_an_error)
{
    for (std::size_t size = 0; size != file.size(); ++size) {
        auto const out = read_in_pieces(file.substr(0, size), 64);
        EXPECT_TRUE(out.ends_with('!')) << size << ": " << out;
    }
}

TEST(gzip_reader, what_is_no_plain_gzip_file_is_an_error)
{
    std::string named{file};
    named[3] = '\x08'; // has the name of a file
    EXPECT_EQ(read_in_pieces(named, 64), "!");
    EXPECT_EQ(read_in_pieces("serval, serval, serval, serval", 64), "!");
}

TEST(gzip_reader, damage_is_an_error)
{
    std::string damaged{file};
    damaged[10] = '\x07'; // a block of a kind that there is not
    EXPECT_EQ(read_in_pieces(damaged, 64), "!");
}

} // namespace
} // namespace serval::wire
