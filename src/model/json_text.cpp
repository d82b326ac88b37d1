// Encodings of JSON text; see the header.
#include "model/json_text.hpp"

#include "base/utf8.hpp"

namespace serval::model {
namespace {

enum class encoding : std::uint8_t { utf_8, utf_16_le, utf_16_be, utf_32_le, utf_32_be };

struct detected_encoding {
    encoding kind;
    std::size_t mark; // bytes of the byte order mark
};

constexpr bool is_surrogate(char32_t unit)
{
    return unit >= 0xd800 && unit <= 0xdfff;
}

/// Two ASCII characters, as nearly all texts begin with: no mark, and no zero byte, which every other
/// encoding has among its first two.
bool begins_as_utf8(std::string_view bytes) noexcept
{
    auto const is_character = [](char c) { return c != 0 && static_cast<unsigned char>(c) < 0x80; };
    return bytes.size() >= 2 && is_character(bytes[0]) && is_character(bytes[1]);
}

detected_encoding detect_encoding(std::string_view bytes) noexcept
{
    if (begins_as_utf8(bytes)) return {encoding::utf_8, 0};
    using namespace std::string_view_literals;
    if (bytes.starts_with("\0\0\xfe\xff"sv)) return {encoding::utf_32_be, 4};
    if (bytes.starts_with("\xff\xfe\0\0"sv)) return {encoding::utf_32_le, 4};
    if (bytes.starts_with("\xfe\xff"sv)) return {encoding::utf_16_be, 2};
    if (bytes.starts_with("\xff\xfe"sv)) return {encoding::utf_16_le, 2};
    if (bytes.starts_with("\xef\xbb\xbf"sv)) return {encoding::utf_8, 3};
    // JSON begins with ASCII, so the zero bytes around it tell the width and the byte order.
    if (bytes.size() >= 4) {
        if (bytes[0] == 0) return {bytes[1] != 0 ? encoding::utf_16_be : encoding::utf_32_be, 0};
        if (bytes[1] == 0) {
            return {bytes[2] != 0 || bytes[3] != 0 ? encoding::utf_16_le : encoding::utf_32_le, 0};
        }
    } else if (bytes.size() == 2) {
        if (bytes[0] == 0) return {encoding::utf_16_be, 0};
        if (bytes[1] == 0) return {encoding::utf_16_le, 0};
    }
    return {encoding::utf_8, 0};
}

char32_t read_unit(char const* at, std::size_t width, bool big_endian) noexcept
{
    char32_t unit = 0;
    for (std::size_t i = 0; i < width; ++i) {
        std::size_t const from = big_endian ? i : width - 1 - i;
        unit = (unit << 8) | static_cast<unsigned char>(at[from]);
    }
    return unit;
}

bool transcode_utf16(std::string_view bytes, bool big_endian, std::string& out)
{
    if (bytes.size() % 2 != 0) return false;
    for (std::size_t i = 0; i < bytes.size(); i += 2) {
        char32_t unit = read_unit(bytes.data() + i, 2, big_endian);
        if (is_surrogate(unit)) {
            if (unit >= 0xdc00 || i + 4 > bytes.size()) return false;
            i += 2;
            char32_t const low = read_unit(bytes.data() + i, 2, big_endian);
            if (low < 0xdc00 || low > 0xdfff) return false;
            unit = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
        }
        base::append_utf8(out, unit);
    }
    return true;
}

bool transcode_utf32(std::string_view bytes, bool big_endian, std::string& out)
{
    if (bytes.size() % 4 != 0) return false;
    for (std::size_t i = 0; i < bytes.size(); i += 4) {
        char32_t const unit = read_unit(bytes.data() + i, 4, big_endian);
        if (unit > 0x10ffff || is_surrogate(unit)) return false;
        base::append_utf8(out, unit);
    }
    return true;
}

} // namespace

std::optional<std::string_view> decode_json_bytes(std::string_view bytes, std::string& storage)
{
    auto const [kind, mark] = detect_encoding(bytes);
    bytes.remove_prefix(mark);
    if (kind == encoding::utf_8) {
        if (!base::is_valid_utf8(bytes)) return std::nullopt;
        return bytes;
    }
    storage.clear();
    bool const wide = kind == encoding::utf_32_le || kind == encoding::utf_32_be;
    bool const big_endian = kind == encoding::utf_16_be || kind == encoding::utf_32_be;
    bool const decoded =
        wide ? transcode_utf32(bytes, big_endian, storage) : transcode_utf16(bytes, big_endian, storage);
    if (!decoded) return std::nullopt;
    return std::string_view{storage};
}

} // namespace serval::model
