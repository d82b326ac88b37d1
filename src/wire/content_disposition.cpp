// The Content-Disposition field: that of a part of a form (RFC 7578), and that of a download (RFC 6266).
#include "wire/content_disposition.hpp"

#include "base/ascii.hpp"
#include "base/file_name.hpp"
#include "base/percent.hpp"
#include "base/utf8.hpp"

#include <cstddef>
#include <utility>

namespace serval::wire {

namespace {

// Wider than a token, for clients that forget the quotes around `a[0]`, `x/y` or a name that is not ASCII;
// what ends a value, or would begin another form of it, stays out.
constexpr bool is_unquoted_char(char c) noexcept
{
    auto const byte = static_cast<unsigned char>(c);
    return byte > ' ' && byte != 0x7F && c != '"' && c != ',' && c != ';' && c != '\\';
}

// RFC 8187 section 3.2.1.
constexpr bool is_attr_char(char c) noexcept
{
    return base::is_token_char(c) && c != '*' && c != '\'' && c != '%';
}

constexpr bool is_control(unsigned char byte) noexcept
{
    return byte < 0x20 || byte == 0x7F;
}

// The bytes of RFC 8187's value-chars.
std::optional<std::string> decode_value_chars(std::string_view text)
{
    std::string bytes;
    for (std::size_t i = 0; i < text.size(); ++i) {
        char c = text[i];
        if (c == '%') {
            if (text.size() - i < 3 || !base::is_hex(text[i + 1]) || !base::is_hex(text[i + 2])) {
                return std::nullopt;
            }
            c = static_cast<char>(base::hex_value(text[i + 1]) * 16 + base::hex_value(text[i + 2]));
            i += 2;
        } else if (!is_attr_char(c)) {
            return std::nullopt;
        }
        // Escapes must not bring in what a field value cannot have (NUL and line ends in a file's name).
        if (is_control(static_cast<unsigned char>(c))) return std::nullopt;
        bytes.push_back(c);
    }
    return bytes;
}

std::string from_latin_1(std::string_view bytes)
{
    std::string out;
    for (char const c : bytes)
        base::append_utf8(out, static_cast<unsigned char>(c));
    return out;
}

// RFC 8187's ext-value: charset'language'value-chars.
std::optional<std::string> decode_extended(std::string_view text)
{
    std::size_t const first = text.find('\'');
    if (first == std::string_view::npos) return std::nullopt;
    std::size_t const second = text.find('\'', first + 1);
    if (second == std::string_view::npos) return std::nullopt;
    std::string_view const charset = text.substr(0, first);
    bool const utf_8 = base::iequals(charset, "UTF-8");
    if (!utf_8 && !base::iequals(charset, "ISO-8859-1")) return std::nullopt;
    auto const bytes = decode_value_chars(text.substr(second + 1));
    if (!bytes) return std::nullopt;
    return utf_8 ? base::replace_invalid_utf8(*bytes) : from_latin_1(*bytes);
}

// Sets what must come once; false when it was there.
bool set_once(std::optional<std::string>& target, std::string value)
{
    if (target) return false;
    target = std::move(value);
    return true;
}

class disposition_reader {
public:
    explicit disposition_reader(std::string_view value) noexcept : rest_{value} {}

    std::optional<form_disposition> read()
    {
        if (!base::iequals(take_while(base::is_token_char), "form-data")) return std::nullopt;
        for (;;) {
            take_while(base::is_ows);
            if (rest_.empty()) break;
            if (rest_.front() != ';') return std::nullopt;
            // Empty parameters are allowed, as RFC 9110 section 5.6.6 does.
            take_while([](char c) { return base::is_ows(c) || c == ';'; });
            if (!rest_.empty() && !read_parameter()) return std::nullopt;
        }
        if (extended_filename_) result_.filename = std::move(extended_filename_);
        return std::move(result_);
    }

private:
    template <class Predicate>
    std::string_view take_while(Predicate accepts)
    {
        std::size_t n = 0;
        while (n != rest_.size() && accepts(rest_[n]))
            ++n;
        std::string_view const taken = rest_.substr(0, n);
        rest_.remove_prefix(n);
        return taken;
    }

    bool read_parameter()
    {
        std::string_view const key = take_while(base::is_token_char);
        if (key.empty() || !rest_.starts_with('=')) return false;
        rest_.remove_prefix(1);
        bool const quoted = rest_.starts_with('"');
        auto value = quoted ? take_quoted() : take_unquoted();
        if (!value) return false;
        if (base::iequals(key, "name")) return set_once(result_.name, base::replace_invalid_utf8(*value));
        if (base::iequals(key, "filename")) {
            return set_once(result_.filename, base::replace_invalid_utf8(*value));
        }
        if (!base::iequals(key, "filename*")) return true;
        auto decoded = quoted ? std::nullopt : decode_extended(*value);
        return decoded && set_once(extended_filename_, *std::move(decoded));
    }

    std::optional<std::string> take_unquoted()
    {
        std::string_view const value = take_while(is_unquoted_char);
        if (value.empty()) return std::nullopt;
        return std::string{value};
    }

    // Nullopt when the quotes do not end.
    std::optional<std::string> take_quoted()
    {
        std::string out;
        for (std::size_t i = 1; i < rest_.size(); ++i) {
            char const c = rest_[i];
            if (c == '"') {
                rest_.remove_prefix(i + 1);
                return out;
            }
            bool const escapes =
                c == '\\' && i + 1 != rest_.size() && (rest_[i + 1] == '"' || rest_[i + 1] == '\\');
            if (escapes) ++i;
            out.push_back(rest_[i]);
        }
        return std::nullopt;
    }

    std::string_view rest_;
    form_disposition result_;
    std::optional<std::string> extended_filename_;
};

} // namespace

std::optional<form_disposition> parse_form_disposition(std::string_view value)
{
    return disposition_reader{value}.read();
}

std::string format_disposition(std::string_view type, std::string_view filename)
{
    std::string value{type};
    if (filename.empty()) return value;
    std::string const name = base::safe_file_name(filename);
    std::string const encoded = base::percent_encode(name);
    if (encoded == name) return value.append("; filename=\"").append(name).append("\"");
    return value.append("; filename*=utf-8''").append(encoded);
}

} // namespace serval::wire
