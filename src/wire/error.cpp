// Why a message was refused on the wire, and the status that says so.
#include "wire/error.hpp"

#include <cstddef>

namespace serval::wire {

namespace {

struct verdict {
    int status;
    std::string_view message;
};

// In the order of `error`.
constexpr verdict verdicts[] = {
    {0, ""},
    {400, "malformed request line"},
    {505, "unsupported HTTP version"},
    {400, "malformed request target"},
    {400, "malformed header field"},
    {400, "missing, repeated or malformed Host"},
    {400, "malformed or contradictory Content-Length or Transfer-Encoding"},
    {501, "unsupported transfer coding"},
    {400, "malformed chunked body"},
    {417, "unsupported expectation"},
    {414, "request line too long"},
    {431, "header fields too large"},
    {413, "body too large"},
    {408, "timed out waiting for the request"},
};
static_assert(sizeof verdicts / sizeof *verdicts == static_cast<std::size_t>(error::timeout) + 1);

} // namespace

int status_of(error e) noexcept
{
    return verdicts[static_cast<std::size_t>(e)].status;
}

std::string_view message_of(error e) noexcept
{
    return verdicts[static_cast<std::size_t>(e)].message;
}

} // namespace serval::wire
