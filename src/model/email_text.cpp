#include "model/email_text.hpp"

#include "base/ascii.hpp"
#include "base/utf8.hpp"
#include "model/code_points.hpp"
#include "model/email_parts.hpp"
#include "model/idna.hpp"
#include "model/white_space.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <utility>

namespace serval::model {

namespace {

constexpr std::size_t max_input_code_points = 2048; // pydantic's
constexpr std::size_t max_address_bytes = 254;      // RFC 3696, errata 1690
// From here on the length is the reason, whatever the domain is: mapping it would be work for nothing.
constexpr std::size_t max_explained_bytes = 4 * max_address_bytes;

bool is_atext_or_period(char32_t c) noexcept
{
    return c >= 0x80 || c == '.' || is_atext(static_cast<char>(c));
}

bool is_quotable(char32_t c) noexcept
{
    return c >= 0x20 && c != 0x7F;
}

bool is_display_name_character(char32_t c) noexcept
{
    return c == ' ' || (c < 0x80 && is_atext(static_cast<char>(c)));
}

/// Atoms of atext (and, beyond ASCII, of anything), separated by single periods.
bool is_dot_atom(std::string_view text, bool ascii_only) noexcept
{
    if (text.empty() || text.front() == '.' || text.back() == '.') return false;
    for (std::size_t i = 0; i != text.size(); ++i) {
        if (text[i] == '.') {
            if (text[i - 1] == '.') return false;
        } else if (static_cast<unsigned char>(text[i]) >= 0x80) {
            if (ascii_only) return false;
        } else if (!is_atext(text[i])) {
            return false;
        }
    }
    return true;
}

/// `<` and U+0338 are one character, a crossed-out `<`, to Unicode.
bool is_crossed_out(std::string_view text, std::size_t at) noexcept
{
    return text[at] == '<' && text.substr(at + 1).starts_with("\xCC\xB8");
}

/// Where the first of `specials` stands that is not in quotes, or npos.
std::size_t find_unquoted(std::string_view text, std::string_view specials) noexcept
{
    bool quoted = false;
    bool escaped = false;
    for (std::size_t i = 0; i != text.size(); ++i) {
        char const c = text[i];
        if (quoted) {
            if (c == '"' && !escaped) quoted = false;
            escaped = c == '\\' && !escaped;
        } else if (c == '"') {
            quoted = true;
        } else if (specials.find(c) != std::string_view::npos && !is_crossed_out(text, i)) {
            return i;
        }
    }
    return std::string_view::npos;
}

struct unquoted_text {
    std::string text;
    bool was_quoted = false;
    email_reason reason;
};

unquoted_text unquote(std::string_view text)
{
    unquoted_text result;
    result.was_quoted = text.starts_with('"');
    if (!result.was_quoted) {
        result.text = text;
        return result;
    }
    for (std::size_t i = 1; i < text.size(); ++i) {
        if (text[i] == '"') {
            if (i + 1 == text.size()) break;
            result.reason = "Extra character(s) found after close quote: ";
            std::string_view separator;
            for_each_code_point(text.substr(i + 1), [&](code_point point) {
                result.reason += separator;
                result.reason += list_characters(point.bytes, [](char32_t) noexcept { return false; });
                separator = ", ";
            });
            break;
        }
        if (text[i] == '\\' && ++i == text.size()) break;
        result.text += text[i];
    }
    return result;
}

/// Why an address in angle brackets is refused, of which `left` is what stands before them: always.
email_reason explain_brackets(std::string_view left, std::string_view right)
{
    auto const name = unquote(left);
    if (!name.reason.empty()) return name.reason;
    if (!name.was_quoted) {
        if (std::string const refused = list_characters(name.text, is_display_name_character);
            !refused.empty()) {
            return "The display name contains invalid characters when not quoted: " + refused + ".";
        }
    }
    if (email_reason why = check_unsafe(name.text, true); !why.empty()) return why;
    if (right.find('>') == std::string_view::npos) {
        return "An open angle bracket at the start of the email address has to be followed by a close angle "
               "bracket at "
               "the end.";
    }
    right = right.substr(0, right.find_last_not_of(' ') + 1);
    if (right.back() != '>') return "There can't be anything after the email address.";
    right = right.substr(1, right.find_last_not_of('>'));
    if (find_unquoted(right, "@") == std::string_view::npos) return "An email address must have an @-sign.";
    return "A display name and angle brackets around the email address are not permitted here.";
}

email_reason check_length(std::string_view original, std::size_t normalized_bytes, std::size_t ascii_bytes)
{
    auto const excess = [](std::size_t bytes) {
        return bytes > max_address_bytes ? bytes - max_address_bytes : 0;
    };
    constexpr std::string_view prefix = "The email address is too long ";
    if (std::size_t const bytes = excess(original.size()); bytes != 0) {
        std::size_t widest = 1;
        for_each_code_point(original,
                            [&](code_point point) { widest = std::max(widest, point.bytes.size()); });
        std::size_t const characters = std::max<std::size_t>(1, bytes / widest);
        std::string const least = characters == bytes ? std::string{} : std::to_string(characters) + "-";
        return std::string{prefix} + "(" + least + too_many(bytes, "character").substr(1) + ").";
    }
    if (std::size_t const bytes = excess(normalized_bytes); bytes != 0) {
        return std::string{prefix} + "after normalization " + too_many(bytes, "byte") + ").";
    }
    if (std::size_t const bytes = excess(ascii_bytes); bytes != 0) {
        return std::string{prefix} + "when the part after the @-sign is converted to IDNA ASCII " +
               too_many(bytes, "byte") + ").";
    }
    return {};
}

/// RFC 2142's mailboxes are the same in any case, and normalised to lower case. Empty: it is none.
std::string_view mailbox_name(std::string_view local) noexcept
{
    for (std::string_view const name :
         {"info", "marketing", "sales", "support", "abuse", "noc", "security", "postmaster", "hostmaster",
          "usenet", "news", "webmaster", "www", "uucp", "ftp"}) {
        if (base::iequals(local, name)) return name;
    }
    return {};
}

/// Checks an address without white space around it, and normalises it into `normalized`.
email_reason check_address(std::string_view text, std::string& normalized)
{
    std::size_t const special = find_unquoted(text, "@<");
    if (special == std::string_view::npos) return "An email address must have an @-sign.";
    if (text[special] == '<')
        return explain_brackets(strip_python_space(text.substr(0, special)), text.substr(special));

    auto local = unquote(text.substr(0, special));
    if (!local.reason.empty()) return local.reason;
    if (email_reason why = check_local_part(local.text, local.was_quoted); !why.empty()) return why;
    // RFC 6532 section 3.1: one spelling of an address.
    if (std::string normal = to_nfc(local.text); normal != local.text) {
        if (email_reason why = check_local_part(normal, local.was_quoted); !why.empty())
            return "After Unicode normalization: " + why;
        local.text = std::move(normal);
    }
    if (local.was_quoted) return "Quoting the part before the @-sign is not allowed here.";
    if (auto const mailbox = mailbox_name(local.text); !mailbox.empty()) local.text = mailbox;

    std::string_view const domain_text = text.substr(special + 1);
    if (domain_text.empty()) return "There must be something after the @-sign.";
    if (domain_text.size() > 1 && domain_text.front() == '[' && domain_text.back() == ']') {
        return check_domain_literal(domain_text.substr(1, domain_text.size() - 2));
    }
    if (text.size() > max_explained_bytes) return check_length(text, 0, 0);
    email_domain domain;
    if (email_reason why = check_domain(domain_text, domain); !why.empty()) return why;
    normalized = std::move(local.text);
    normalized += '@';
    std::size_t const ascii_bytes = normalized.size() + std::max(domain.ascii.size(), domain.unicode.size());
    normalized += domain.unicode;
    return check_length(text, normalized.size(), ascii_bytes);
}

/// The address in `Name <address>`, or all of `text`.
std::string_view without_display_name(std::string_view text)
{
    if (!strip_python_space(text).ends_with('>')) return text;
    // pydantic's expression; \w and \s are Unicode's there.
    static RE2 const pretty{
        R"re([\s\v\x{1c}-\x{1f}\x{85}\pZ]*)re"
        R"re((?:(?:[\pL\pN_!#$%&'*+\-/=?^`{|}~]+[\s\v\x{1c}-\x{1f}\x{85}\pZ]+)*[\pL\pN_!#$%&'*+\-/=?^`{|}~]+|"(?s:.+)")?)re"
        R"re([\s\v\x{1c}-\x{1f}\x{85}\pZ]*<(.+)>[\s\v\x{1c}-\x{1f}\x{85}\pZ]*)re"};
    re2::StringPiece address;
    if (!RE2::FullMatch(re2::StringPiece{text.data(), text.size()}, pretty, &address)) return text;
    return {address.data(), address.size()};
}

/// Whether `text` is of atoms of ASCII, with single periods between.
bool is_plain_local_part(std::string_view text) noexcept
{
    std::size_t at = 0;
    for (;;) {
        std::size_t const atom = at;
        while (at != text.size() && is_atext(text[at]))
            ++at;
        if (at == atom) return false;
        if (at == text.size()) break;
        if (text[at++] != '.') return false;
    }
    return std::none_of(text.begin(), text.end(), base::is_upper) || mailbox_name(text).empty();
}

/// Whether `text` is of two labels or more of lower-case letters, digits and single hyphens within.
bool is_plain_domain(std::string_view text) noexcept
{
    std::size_t label = 0;
    std::size_t at = 0;
    for (;;) {
        std::size_t const run = at;
        while (at != text.size() && (base::is_lower(text[at]) || base::is_digit(text[at])))
            ++at;
        if (at == run || at - label > max_label_bytes) return false;
        if (at == text.size()) break;
        char const separator = text[at++];
        if (separator == '.') {
            label = at;
        } else if (separator != '-') {
            return false;
        }
    }
    return label != 0 && base::is_lower(text.back()) && !is_special_use(text.substr(label));
}

problem address_problem(std::string_view why)
{
    return make_problem("value_error", "value is not a valid email address: ", "reason", why);
}

} // namespace

email_reason check_local_part(std::string_view local, bool was_quoted)
{
    if (local.empty()) return "There must be something before the @-sign.";
    if (is_dot_atom(local, true)) return {};
    if (is_dot_atom(local, false)) return check_unsafe(local, false);
    if (was_quoted) {
        if (std::string const refused = list_characters(local, is_quotable); !refused.empty()) {
            return "The email address contains invalid characters in quotes before the @-sign: " + refused +
                   ".";
        }
        return check_unsafe(local, true);
    }
    if (std::string const refused = list_characters(local, is_atext_or_period); !refused.empty()) {
        return "The email address contains invalid characters before the @-sign: " + refused + ".";
    }
    if (local.ends_with('.')) return "An email address cannot have a period immediately before the @-sign.";
    if (local.starts_with('.')) return "An email address cannot start with a period.";
    return "An email address cannot have two periods in a row.";
}

bool is_plain_email(std::string_view text) noexcept
{
    if (text.size() > max_address_bytes) return false;
    std::size_t const at = text.find('@');
    return at != std::string_view::npos && is_plain_domain(text.substr(at + 1)) &&
           is_plain_local_part(text.substr(0, at));
}

outcome<email> parse_email(std::string_view text)
{
    if (is_plain_email(text)) return email::from_normalized(std::string{text});
    return parse_any_email(text);
}

outcome<email> parse_any_email(std::string_view text)
{
    if (text.size() > max_input_code_points && base::count_code_points(text) > max_input_code_points) {
        return address_problem("Length must not exceed 2048 characters");
    }
    if (!base::is_valid_utf8(text)) return address_problem("The email address is not valid UTF-8.");
    std::string normalized;
    email_reason const why = check_address(strip_python_space(without_display_name(text)), normalized);
    if (!why.empty()) return address_problem(why);
    return email::from_normalized(std::move(normalized));
}

} // namespace serval::model

namespace serval {

email::email(std::string_view text)
{
    auto parsed = model::parse_email(text);
    if (!parsed) throw std::invalid_argument{"serval::email: " + parsed.error().message};
    *this = std::move(*parsed);
}

std::optional<email> email::from_string(std::string_view text)
{
    auto parsed = model::parse_email(text);
    if (!parsed) return std::nullopt;
    return std::move(*parsed);
}

} // namespace serval
