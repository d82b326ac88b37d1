// The response that a handler returns or serval makes of what it returned.
#include "base/ascii.hpp"
#include "http/body_producer.hpp"
#include "wire/response_head.hpp"

#include <serval/response.hpp>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace serval {

namespace {

using detail::content_kind;

constexpr std::string_view json_type = "application/json";
constexpr std::string_view text_type = "text/plain; charset=utf-8";
constexpr std::string_view letters_and_digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                                "abcdefghijklmnopqrstuvwxyz"
                                                "0123456789";

using byte_set = std::array<bool, 256>;

constexpr byte_set make_set(std::string_view a, std::string_view b) noexcept
{
    byte_set set{};
    for (char const c : a)
        set[static_cast<unsigned char>(c)] = true;
    for (char const c : b)
        set[static_cast<unsigned char>(c)] = true;
    return set;
}

constexpr bool is_in(byte_set const& set, char c) noexcept
{
    return set[static_cast<unsigned char>(c)];
}

// Python's http.cookies: what may stand in a value as it is, and what within quotes.
constexpr byte_set bare_cookie = make_set(letters_and_digits, "!#$%&'*+-.^_`|~:");
constexpr byte_set quoted_cookie = make_set(letters_and_digits, "!#$%&'*+-.^_`|~: ()/<=>?@[]{}");
// Starlette's RedirectResponse: quote(location, safe=":/%#?=@[]!$&'()*+,;").
constexpr byte_set bare_location = make_set(letters_and_digits, "_.-~:/%#?=@[]!$&'()*+,;");

// As Python's http.cookies._quote, which wire::find_cookie undoes.
void append_cookie_value(std::string& out, std::string_view value)
{
    if (std::ranges::all_of(value, [](char c) { return is_in(bare_cookie, c); })) {
        out += value;
        return;
    }
    out += '"';
    for (char const c : value) {
        auto const byte = static_cast<unsigned char>(c);
        if (is_in(quoted_cookie, c)) {
            out += c;
        } else if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else {
            char const octal[] = {'\\', static_cast<char>('0' + (byte >> 6)),
                                  static_cast<char>('0' + (byte >> 3 & 7)),
                                  static_cast<char>('0' + (byte & 7))};
            out.append(octal, sizeof octal);
        }
    }
    out += '"';
}

} // namespace

response::response(int status, std::string body, std::string_view content_type) : body_{std::move(body)}
{
    this->status(status);
    this->content_type(content_type);
}

response& response::status(int code)
{
    if (code < 200 || code > 599) {
        throw std::invalid_argument{"response: status " + std::to_string(code) + " is outside 200 to 599"};
    }
    status_ = code;
    return *this;
}

std::string_view response::content_type() const noexcept
{
    if (auto const given = headers_.get("content-type")) return *given;
    switch (kind_) {
    case content_kind::none: return {};
    case content_kind::json: return json_type;
    case content_kind::text: return text_type;
    case content_kind::custom: return custom_type_;
    }
    return {};
}

response& response::content_type(std::string_view type)
{
    if (type.empty()) {
        kind_ = content_kind::none;
    } else if (type == json_type) {
        kind_ = content_kind::json;
    } else if (type == text_type) {
        kind_ = content_kind::text;
    } else {
        if (!wire::is_valid_field("content-type", type)) {
            throw std::invalid_argument{"response: the content type has a control character"};
        }
        custom_type_ = std::string{base::trim_ows(type)}; // `type` may be a view of it
        kind_ = content_kind::custom;
    }
    if (!headers_.empty()) headers_.erase("content-type"); // last: `type` may be a view of that
    return *this;
}

response& response::header(std::string_view name, std::string_view value)
{
    if (base::iequals(name, "content-type")) return content_type(value);
    headers_.set(name, value);
    return *this;
}

response& response::cookie(std::string_view name, std::string_view value, std::string_view attributes)
{
    if (!base::is_token(name)) throw std::invalid_argument{"response: the cookie's name is no token"};
    std::string field;
    field.reserve(name.size() + value.size() + attributes.size() + 8);
    field += name;
    field += '=';
    append_cookie_value(field, value);
    if (!attributes.empty()) {
        field += "; ";
        field += attributes;
    }
    headers_.add("set-cookie", field);
    return *this;
}

bool response::ends_on_drain() const noexcept
{
    return end_on_drain_.value_or(content_type().starts_with("text/event-stream"));
}

void response::clear() noexcept
{
    status_ = 200;
    kind_ = content_kind::none;
    custom_type_.clear();
    headers_.clear();
    producer_.reset();
    declared_ = nullptr;
    stated_length_.reset();
    end_on_drain_.reset();
    if (body_.capacity() > max_kept_body) {
        std::string{}.swap(body_); // an assignment would keep the memory
    } else {
        body_.clear();
    }
}

response& response::producer(std::shared_ptr<detail::body_producer> made)
{
    std::string{}.swap(body_);
    producer_ = std::move(made);
    if (producer_ && producer_->upgrade() != nullptr) status_ = 101;
    return *this;
}

response redirect(std::string_view location, int status)
{
    if (status < 300 || status > 399) {
        throw std::invalid_argument{"redirect: status " + std::to_string(status) + " is outside 300 to 399"};
    }
    if (location.find_first_of("\r\n") != std::string_view::npos) {
        throw std::invalid_argument{"redirect: the location has a line break"};
    }
    constexpr std::string_view hex = "0123456789ABCDEF";
    std::string encoded;
    encoded.reserve(location.size());
    for (char const c : location) {
        if (is_in(bare_location, c)) {
            encoded += c;
        } else {
            auto const byte = static_cast<unsigned char>(c);
            encoded += '%';
            encoded += hex[byte >> 4];
            encoded += hex[byte & 15];
        }
    }
    response result{status};
    result.headers().set("location", encoded);
    return result;
}

} // namespace serval
