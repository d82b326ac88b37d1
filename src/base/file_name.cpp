// File names that clients send, made fit for a directory.
#include "base/file_name.hpp"

#include "base/utf8.hpp"

namespace serval::base {

namespace {

constexpr std::size_t max_extension = 32; // with its dot

/// The bytes at the front of well-formed `text` that must not stand in a name; 0 when they may.
std::size_t unwanted_prefix(std::string_view text) noexcept
{
    auto const byte = [text](std::size_t i) {
        return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
    };
    auto const within = [](unsigned value, unsigned low, unsigned high) {
        return value >= low && value <= high;
    };
    if (byte(0) < 0x20 || byte(0) == 0x7F) return 1;
    if (byte(0) == 0xC2 && byte(1) < 0xA0) return 2;                     // C1: U+0080 to U+009F
    if (byte(0) == 0xD8 && byte(1) == 0x9C) return 2;                    // U+061C, a bidirectional mark
    if (byte(0) == 0xEF && byte(1) == 0xBB && byte(2) == 0xBF) return 3; // U+FEFF
    if (byte(0) != 0xE2) return 0;
    if (byte(1) == 0x80) {
        // U+200B, U+200E, U+200F, U+2028 to U+202E; the joiners U+200C and U+200D belong to words
        return byte(2) == 0x8B || within(byte(2), 0x8E, 0x8F) || within(byte(2), 0xA8, 0xAE) ? 3 : 0;
    }
    // U+2060, U+2066 to U+2069
    return byte(1) == 0x81 && (byte(2) == 0xA0 || within(byte(2), 0xA6, 0xA9)) ? 3 : 0;
}

std::string without_unwanted(std::string_view text)
{
    std::string kept;
    kept.reserve(text.size());
    while (!text.empty()) {
        std::size_t const unwanted = unwanted_prefix(text);
        if (unwanted == 0) kept.push_back(text.front());
        text.remove_prefix(unwanted == 0 ? 1 : unwanted);
    }
    return kept;
}

std::string_view trimmed(std::string_view name) noexcept
{
    auto const first = name.find_first_not_of(' ');
    if (first == std::string_view::npos) return {};
    name.remove_prefix(first);
    return name.substr(0, name.find_last_not_of(" .") + 1); // "..." becomes empty
}

/// The longest prefix of at most `limit` bytes that does not end inside a code point.
std::string_view cut(std::string_view text, std::size_t limit) noexcept
{
    if (text.size() <= limit) return text;
    while (limit > 0 && (static_cast<unsigned char>(text[limit]) & 0xC0U) == 0x80U)
        --limit;
    return text.substr(0, limit);
}

struct name_parts {
    std::string_view stem;
    std::string_view extension; // with its dot; empty for ".profile" and for what is too long for one
};

name_parts split(std::string_view name) noexcept
{
    auto const dot = name.rfind('.');
    if (dot == std::string_view::npos || dot == 0 || name.size() - dot > max_extension) return {name, {}};
    return {name.substr(0, dot), name.substr(dot)};
}

} // namespace

std::string safe_file_name(std::string_view raw)
{
    if (auto const separator = raw.find_last_of("/\\"); separator != std::string_view::npos)
        raw.remove_prefix(separator + 1);
    std::string const clean = without_unwanted(replace_invalid_utf8(raw));
    auto const [stem, extension] = split(trimmed(clean));
    std::string name{cut(stem, max_file_name - extension.size())};
    name.append(extension);
    // A cut can end a name without an extension in what was inside it before.
    name.resize(trimmed(name).size());
    return name.empty() ? "file" : name;
}

bool is_file_name(std::string_view name) noexcept
{
    constexpr std::string_view forbidden{"/\0", 2};
    return !name.empty() && name != "." && name != ".." && name.size() <= max_file_name &&
           name.find_first_of(forbidden) == std::string_view::npos;
}

std::string numbered_file_name(std::string_view name, unsigned number)
{
    auto const [stem, extension] = split(name);
    std::string const suffix = " (" + std::to_string(number) + ")";
    std::string numbered{cut(stem, max_file_name - suffix.size() - extension.size())};
    return numbered.append(suffix).append(extension);
}

} // namespace serval::base
