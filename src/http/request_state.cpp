// What a request is made of, behind serval::request.
#include "http/request_state.hpp"

#include <algorithm>
#include <mutex>

namespace serval::detail {

wire::query_string const& request_state::parsed_query()
{
    if (!query_parsed) {
        query_too_long = !query.parse(head.query, max_query_parameters);
        query_parsed = true;
    }
    return query;
}

std::stop_token request_state::token()
{
    std::lock_guard const lock{stop_mutex};
    if (!stop) {
        stop.emplace();
        if (stop_requested) stop->request_stop(); // nobody can have registered a callback yet
    }
    return stop->get_token();
}

std::stop_source request_state::begin_stop() noexcept
{
    std::lock_guard const lock{stop_mutex};
    stop_requested = true;
    return stop ? *stop : std::stop_source{std::nostopstate};
}

bool request_state::cancelled()
{
    std::lock_guard const lock{stop_mutex};
    return stop_requested;
}

void request_state::reset() noexcept
{
    // The storage behind the views is the connection's and goes; what has not been overwritten must not
    // dangle.
    head.method = method::other;
    head.method_name = head.target = head.path = head.query = head.host = {};
    head.field_count = 0;
    path = route_pattern = {};
    std::fill_n(path_values.begin(), path_names.size(), std::string_view{});
    path_names = {};
    client = &no_client;
    decoded_path.clear();
    if (body.capacity() > max_kept_body) {
        std::string{}.swap(body); // an assignment would keep the memory
    } else {
        body.clear();
    }
    body_read = false;
    if (query_parsed) query.clear();
    query_parsed = false;
    query_too_long = false;
    stop.reset();
    stop_requested = false;
}

} // namespace serval::detail
