#include "model/url_text.hpp"

#include "base/ascii.hpp"
#include "model/url_host.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>

namespace serval::model {

namespace {

constexpr std::size_t max_bytes = 2083; // pydantic's, and once Internet Explorer's

constexpr std::string_view empty_host = "empty host";
constexpr std::string_view no_base = "relative URL without a base";

// The percent-encode sets of WHATWG URL section 1.3, besides controls and what is not ASCII.
constexpr std::string_view fragment_set = " \"<>`";
constexpr std::string_view query_set = " \"#<>'";
constexpr std::string_view path_set = " \"<>`#?{}";
constexpr std::string_view userinfo_set = " \"<>`#?{}/:;=@[\\]^|";

void append_encoded(std::string& out, std::string_view text, std::string_view set)
{
    constexpr char digits[] = "0123456789ABCDEF";
    for (char const c : text) {
        auto const code = static_cast<unsigned char>(c);
        if (code < 0x20 || code >= 0x7F || set.find(c) != std::string_view::npos) {
            out += '%';
            out += digits[code >> 4];
            out += digits[code & 15];
        } else {
            out += c;
        }
    }
}

constexpr bool is_letter(char c) noexcept
{
    char const lower = base::to_lower(c);
    return lower >= 'a' && lower <= 'z';
}

/// Without controls and spaces around it, nor tabs and line breaks anywhere.
std::string clean(std::string_view text)
{
    auto const is_edge = [](char c) { return static_cast<unsigned char>(c) <= 0x20; };
    while (!text.empty() && is_edge(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && is_edge(text.back()))
        text.remove_suffix(1);
    std::string cleaned;
    cleaned.reserve(text.size());
    for (char const c : text) {
        if (c != '\t' && c != '\n' && c != '\r') cleaned += c;
    }
    return cleaned;
}

/// The length of `scheme:` without the colon; 0: there is none.
std::size_t scheme_length(std::string_view text) noexcept
{
    if (text.empty() || !is_letter(text.front())) return 0;
    for (std::size_t i = 1; i != text.size(); ++i) {
        char const c = text[i];
        if (c == ':') return i;
        if (!is_letter(c) && !base::is_digit(c) && c != '+' && c != '-' && c != '.') return 0;
    }
    return 0;
}

/// One reading of a URL, from left to right; what has been read is written into `out_`.
class url_reader {
public:
    explicit url_reader(std::string_view text) : rest_{text} {}

    /// Why it is no URL; empty: it is one.
    std::string_view read()
    {
        std::size_t const length = scheme_length(rest_);
        if (length == 0) return no_base;
        for (char const c : rest_.substr(0, length))
            scheme_ += base::to_lower(c);
        rest_.remove_prefix(length + 1);
        if (scheme_ == "file") return read_file();
        special_ = is_web() || scheme_ == "ws" || scheme_ == "wss" || scheme_ == "ftp";
        if (special_) {
            rest_.remove_prefix(std::min(rest_.find_first_not_of("/\\"), rest_.size()));
        } else if (rest_.starts_with("//")) {
            rest_.remove_prefix(2);
        } else {
            return {}; // no authority, and anything may follow
        }
        out_ = scheme_ + "://";
        if (auto const fault = read_authority(); !fault.empty()) return fault;
        if (is_web()) read_rest();
        return {};
    }

    bool is_web() const noexcept { return scheme_ == "http" || scheme_ == "https"; }
    std::string take() noexcept { return std::move(out_); }

private:
    bool is_slash(char c) const noexcept { return c == '/' || (special_ && c == '\\'); }
    bool ends_authority(char c) const noexcept { return is_slash(c) || c == '?' || c == '#'; }

    /// A file's URL only fails for its host; it is of no use afterwards.
    std::string_view read_file()
    {
        special_ = true;
        if (rest_.size() < 2 || !is_slash(rest_[0]) || !is_slash(rest_[1])) return {};
        rest_.remove_prefix(2);
        auto const end = std::find_if(rest_.begin(), rest_.end(), [&](char c) { return ends_authority(c); });
        std::string_view const host = rest_.substr(0, static_cast<std::size_t>(end - rest_.begin()));
        bool const drive = host.size() == 2 && is_letter(host[0]) && (host[1] == ':' || host[1] == '|');
        return host.empty() || drive ? std::string_view{} : parse_special_host(host).fault;
    }

    std::string_view read_authority()
    {
        auto const end = std::find_if(rest_.begin(), rest_.end(), [&](char c) { return ends_authority(c); });
        std::string_view authority = rest_.substr(0, static_cast<std::size_t>(end - rest_.begin()));
        bool has_userinfo = false;
        if (std::size_t const at = authority.rfind('@'); at != std::string_view::npos) {
            if (at == 0 && authority.size() == 1 && !rest_.substr(1).empty()) return empty_host;
            has_userinfo = append_userinfo(authority.substr(0, at));
            authority.remove_prefix(at + 1);
            rest_.remove_prefix(at + 1);
        }
        if (auto const fault = read_host(has_userinfo); !fault.empty()) return fault;
        return read_port();
    }

    bool append_userinfo(std::string_view userinfo)
    {
        std::size_t const colon = userinfo.find(':');
        append_encoded(out_, userinfo.substr(0, colon), userinfo_set);
        bool const password = colon != std::string_view::npos && colon + 1 != userinfo.size();
        if (password) {
            out_ += ':';
            append_encoded(out_, userinfo.substr(colon + 1), userinfo_set);
        }
        bool const any = password || (colon != 0 && !userinfo.empty());
        if (any) out_ += '@';
        return any;
    }

    std::string_view read_host(bool has_userinfo)
    {
        std::size_t end = 0;
        for (bool brackets = false; end != rest_.size(); ++end) {
            char const c = rest_[end];
            if (ends_authority(c) || (c == ':' && !brackets)) break;
            if (c == '[') brackets = true;
            if (c == ']') brackets = false;
        }
        std::string_view const text = rest_.substr(0, end);
        rest_.remove_prefix(end);
        if (text.empty() && (special_ || has_userinfo || rest_.starts_with(':'))) return empty_host;
        url_host const host = special_ ? parse_special_host(text) : parse_opaque_host(text);
        out_ += host.text;
        return host.fault;
    }

    std::string_view read_port()
    {
        if (!rest_.starts_with(':')) return {};
        rest_.remove_prefix(1);
        unsigned port = 0;
        std::size_t end = 0;
        for (; end != rest_.size() && base::is_digit(rest_[end]); ++end) {
            port = port * 10 + static_cast<unsigned>(rest_[end] - '0');
            if (port > 65535) return "invalid port number";
        }
        constexpr std::string_view after = "/\\?#";
        if (end != rest_.size() && after.find(rest_[end]) == std::string_view::npos)
            return "invalid port number";
        rest_.remove_prefix(end);
        if (end != 0 && port != (scheme_ == "http" ? 80U : 443U))
            out_.append(":").append(std::to_string(port));
        return {};
    }

    void read_rest()
    {
        std::size_t const fragment = std::min(rest_.find('#'), rest_.size());
        std::size_t const query = std::min(rest_.substr(0, fragment).find('?'), fragment);
        append_path(rest_.substr(0, query));
        if (query != fragment) {
            out_ += '?';
            append_encoded(out_, rest_.substr(query + 1, fragment - query - 1), query_set);
        }
        if (fragment != rest_.size()) {
            out_ += '#';
            append_encoded(out_, rest_.substr(fragment + 1), fragment_set);
        }
    }

    /// How many dots a segment stands for, which may be percent-encoded: `..`, `%2e.`; 0 for any other.
    static int dots_of(std::string_view segment) noexcept
    {
        int dots = 0;
        while (!segment.empty()) {
            std::size_t const length = segment.front() == '.' ? 1 : 3;
            if (length == 3 && !base::iequals(segment.substr(0, 3), "%2e")) return 0;
            segment.remove_prefix(length);
            if (++dots > 2) return 0;
        }
        return dots;
    }

    void append_path(std::string_view path)
    {
        std::size_t const start = out_.size();
        if (!path.empty()) path.remove_prefix(1);
        for (;;) {
            std::size_t const length = std::min(path.find_first_of("/\\"), path.size());
            std::string_view const segment = path.substr(0, length);
            bool const last = length == path.size();
            int const dots = dots_of(segment);
            if (dots == 2) out_.resize(std::max(start, std::min(out_.size(), out_.rfind('/'))));
            if (dots == 0) {
                out_ += '/';
                append_encoded(out_, segment, path_set);
            } else if (last) {
                out_ += '/';
            }
            if (last) return;
            path.remove_prefix(length + 1);
        }
    }

    std::string_view rest_;
    std::string scheme_;
    std::string out_;
    bool special_ = false;
};

problem no_url(std::string_view why)
{
    return make_problem("url_parsing", "Input should be a valid URL, ", "error", why);
}

} // namespace

outcome<url> parse_url(std::string_view text)
{
    if (text.size() > max_bytes)
        return problem{"url_too_long", "URL should have at most 2083 characters", R"({"max_length":2083})"};
    if (text.empty()) return no_url("input is empty");
    std::string const cleaned = clean(text);
    url_reader reader{cleaned};
    if (auto const fault = reader.read(); !fault.empty()) return no_url(fault);
    if (!reader.is_web()) {
        return problem{"url_scheme", "URL scheme should be 'http' or 'https'",
                       R"({"expected_schemes":"'http' or 'https'"})"};
    }
    return url::from_normalized(reader.take());
}

} // namespace serval::model
