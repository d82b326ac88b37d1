#include "model/url_text.hpp"

#include <serval/url.hpp>

#include <algorithm>
#include <cstddef>
#include <stdexcept>
#include <utility>

namespace serval {

namespace {

/// Where the parts of a normalised URL begin and end.
struct url_parts {
    std::size_t scheme_end = 0;
    std::size_t host = 0; // behind the userinfo and its '@'
    std::size_t host_end = 0;
    std::size_t path = 0;
    std::size_t path_end = 0;
    std::size_t query_end = 0;
};

url_parts parts_of(std::string_view text) noexcept
{
    url_parts parts;
    if (text.empty()) return parts;
    parts.scheme_end = text.find(':');
    std::size_t const authority = parts.scheme_end + 3;
    parts.path = text.find('/', authority);
    std::size_t const at = text.substr(0, parts.path).rfind('@');
    parts.host = at == std::string_view::npos ? authority : at + 1;
    std::size_t const brackets = text[parts.host] == '[' ? text.find(']', parts.host) : parts.host;
    parts.host_end = std::min(text.find(':', brackets), parts.path);
    parts.query_end = std::min(text.find('#'), text.size());
    parts.path_end = std::min(text.find('?'), parts.query_end);
    return parts;
}

} // namespace

url::url(std::string_view text)
{
    auto read = model::parse_url(text);
    if (!read) throw std::invalid_argument{"serval::url: " + read.error().message};
    *this = std::move(*read);
}

std::optional<url> url::from_string(std::string_view text)
{
    auto read = model::parse_url(text);
    if (!read) return std::nullopt;
    return std::move(*read);
}

std::string_view url::scheme() const noexcept
{
    return std::string_view{text_}.substr(0, parts_of(text_).scheme_end);
}

std::string_view url::userinfo() const noexcept
{
    auto const parts = parts_of(text_);
    std::size_t const begin = parts.scheme_end + 3;
    return parts.host <= begin ? std::string_view{}
                               : std::string_view{text_}.substr(begin, parts.host - begin - 1);
}

std::string_view url::host() const noexcept
{
    auto const parts = parts_of(text_);
    return std::string_view{text_}.substr(parts.host, parts.host_end - parts.host);
}

std::uint16_t url::port() const noexcept
{
    if (text_.empty()) return 0;
    auto const parts = parts_of(text_);
    if (parts.host_end == parts.path) return scheme() == "http" ? 80 : 443;
    unsigned port = 0;
    for (std::size_t i = parts.host_end + 1; i != parts.path; ++i)
        port = port * 10 + static_cast<unsigned>(text_[i] - '0');
    return static_cast<std::uint16_t>(port);
}

std::string_view url::path() const noexcept
{
    auto const parts = parts_of(text_);
    return std::string_view{text_}.substr(parts.path, parts.path_end - parts.path);
}

std::string_view url::query() const noexcept
{
    auto const parts = parts_of(text_);
    if (parts.path_end == parts.query_end) return {};
    return std::string_view{text_}.substr(parts.path_end + 1, parts.query_end - parts.path_end - 1);
}

std::string_view url::fragment() const noexcept
{
    auto const parts = parts_of(text_);
    if (parts.query_end == text_.size()) return {};
    return std::string_view{text_}.substr(parts.query_end + 1);
}

} // namespace serval
