// The request as a handler sees it: a view of request_state.
#include "base/ascii.hpp"
#include "http/request_state.hpp"
#include "wire/cookies.hpp"

#include <serval/request.hpp>

#include <stdexcept>

namespace serval {

method request::method() const noexcept
{
    return state_->head.method;
}

std::string_view request::method_name() const noexcept
{
    return state_->head.method_name;
}

std::string_view request::target() const noexcept
{
    return state_->head.target;
}

std::string_view request::path() const noexcept
{
    return state_->path;
}

std::string_view request::query_string() const noexcept
{
    return state_->head.query;
}

std::optional<std::string_view> request::query(std::string_view name) const
{
    auto const* const pair = state_->parsed_query().last(name);
    if (pair == nullptr) return std::nullopt;
    return pair->value;
}

std::optional<std::string_view> request::path_param(std::string_view name) const noexcept
{
    for (std::size_t i = 0; i != state_->path_names.size(); ++i) {
        if (state_->path_names[i] == name) return state_->path_values[i];
    }
    return std::nullopt;
}

std::optional<std::string_view> request::header(std::string_view name) const noexcept
{
    auto const* const field = state_->head.find(name);
    if (field == nullptr) return std::nullopt;
    return field->value;
}

std::size_t request::header_count() const noexcept
{
    return state_->head.field_count;
}

std::pair<std::string_view, std::string_view> request::header_at(std::size_t i) const noexcept
{
    auto const& field = state_->head.fields()[i];
    return {field.name, field.value};
}

std::optional<std::string> request::cookie(std::string_view name) const
{
    // There should be one Cookie field (RFC 6265 section 5.4); of several, as of duplicates in one, the last
    // wins.
    std::optional<std::string> result;
    for (auto const& field : state_->head.fields()) {
        if (!base::iequals(field.name, "cookie")) continue;
        if (auto found = wire::find_cookie(field.value, name)) result = std::move(found);
    }
    return result;
}

std::string_view request::host() const noexcept
{
    return state_->head.host;
}

std::string_view request::http_version() const noexcept
{
    return state_->head.http_1_0 ? "1.0" : "1.1";
}

client_address const& request::client() const noexcept
{
    return *state_->client;
}

std::string_view request::body() const
{
    if (!body_read()) {
        throw std::logic_error("request::body() of a body that was not read: route::read_body() has it read, "
                               "before the handler");
    }
    return state_->body;
}

bool request::body_read() const noexcept
{
    auto const& head = state_->head;
    bool const none =
        head.body == wire::framing::none || (head.body == wire::framing::length && head.content_length == 0);
    return none || state_->body_read;
}

std::string_view request::route() const noexcept
{
    return state_->route_pattern;
}

std::stop_token request::stop_token() const
{
    return state_->token();
}

bool request::draining() const noexcept
{
    return state_->draining != nullptr && *state_->draining;
}

} // namespace serval
