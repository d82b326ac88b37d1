// The exception that a handler throws to answer with a status.
#include "base/json_escape.hpp"
#include "wire/response_head.hpp"

#include <serval/http_error.hpp>

#include <stdexcept>
#include <utility>

namespace serval {

namespace {

int checked(int status)
{
    if (status < 200 || status > 599) {
        throw std::invalid_argument{"http_error: status " + std::to_string(status) +
                                    " is outside 200 to 599"};
    }
    return status;
}

std::string make_what(int status, std::string_view detail)
{
    std::string what = std::to_string(status);
    what += ": ";
    what += detail;
    return what;
}

} // namespace

http_error::http_error(int status, std::string_view detail, serval::headers headers)
    : status_{checked(status)},
      headers_(std::move(headers))
{
    if (detail.empty()) detail = wire::reason_phrase(status);
    base::append_json_string(json_detail_, detail);
    what_ = make_what(status, detail);
}

http_error http_error::with_json(int status, std::string json_detail, serval::headers headers)
{
    http_error error{status, json_detail, std::move(headers)};
    if (!json_detail.empty()) error.json_detail_ = std::move(json_detail);
    return error;
}

bool detail::is_http_error(std::exception_ptr const& thrown) noexcept
{
    try {
        std::rethrow_exception(thrown);
    } catch (http_error const&) {
        return true;
    } catch (...) {
        return false;
    }
}

} // namespace serval
