// Fuzzes the short ways of the model layer: each answers as the long way, or as one byte at a time.
#include "base/json_escape.hpp"
#include "base/utf8.hpp"
#include "model/email_text.hpp"
#include "model/encode.hpp"
#include "model/float_text.hpp"
#include "model/json_document.hpp"
#include "model/number_text.hpp"
#include "model/uuid_text.hpp"

#include <serval/detail/type_of.hpp>

#include <bit>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

namespace {

using namespace serval::model;

void require(bool condition)
{
    if (!condition) std::abort();
}

void check_email(std::string_view text)
{
    auto const read = parse_email(text);
    auto const exact = parse_any_email(text);
    require(read.has_value() == exact.has_value());
    require(read ? *read == *exact : read.error() == exact.error());
}

void check_integer(std::string_view text)
{
    auto const read = read_plain_integer(text);
    if (!read || !fits(*read, 64, true)) return;
    std::int64_t expected = 0;
    auto const [end, ec] = std::from_chars(text.data(), text.data() + text.size(), expected);
    require(ec == std::errc{} && end == text.data() + text.size() && to_int64(*read) == expected);
}

void check_uuid(std::string_view text)
{
    auto const id = serval::uuid::from_string(text);
    if (id) require(serval::uuid::from_string(id->to_string()) == id);
}

void check_double(std::string_view bytes)
{
    std::uint64_t bits = 0;
    if (bytes.size() < sizeof bits) return;
    std::memcpy(&bits, bytes.data(), sizeof bits);
    for (double const value : {std::bit_cast<double>(bits), static_cast<double>(bits >> 12) / 1e4,
                               static_cast<double>(bits % 100'000'000) / 1e8}) {
        char text[max_python_float];
        char any[max_python_float];
        std::string_view const written{text, write_python_float(text, value)};
        require(written == std::string_view{any, write_any_python_float(any, value)});
        double back = 0;
        std::from_chars(text, text + written.size(), back);
        require(back == value || std::isnan(value));
    }
}

void check_string(std::string const& text)
{
    std::string const repaired = serval::base::replace_invalid_utf8(text);
    require(serval::base::is_valid_utf8(text) == (repaired == text));
    std::string written;
    require(encode(serval::detail::type_of<std::string>(), &text, written) == encode_result::ok);
    for (char const c : std::string_view{written}.substr(1, written.size() - 2))
        require(static_cast<unsigned char>(c) >= 0x20);
    json_document document;
    require(document.parse(written) == json_outcome::ok);
    require(document.root().kind() == json_kind::string && document.root().string() == repaired);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    std::string const text{reinterpret_cast<char const*>(data), size};
    check_email(text);
    check_integer(text);
    check_uuid(text);
    check_double(text);
    check_string(text);
    return 0;
}
