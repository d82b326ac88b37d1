// A request that is answered without a handler.
// layer: http
#pragma once

#include <serval/request.hpp>

#include <string_view>

namespace serval {

/// Why serval answers a request by itself, outside of the routes and their middleware: what
/// `app::on_refused` is told.
class refusal {
public:
    refusal(int s, std::string_view r, client_address const& c) noexcept : status{s}, reason{r}, client{c} {}

    /// 400, 414, 417, 431, 501, 505: what came breaks the grammar of HTTP/1.1, or a limit of a head. 408: it
    /// did not come in time. 503: a handler was cancelled, by its time limit or the end of the server.
    int status;
    /// What was wrong, in a few words of serval's own ("malformed header field"), never the client's. Lives
    /// as long as the process.
    std::string_view reason;
    /// Lives as long as the call.
    client_address const& client;
};

} // namespace serval
