// What a request is made of, behind serval::request.
#pragma once

#include "base/sync.hpp"
#include "wire/head.hpp"
#include "wire/query_string.hpp"

#include <serval/request.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>

namespace serval::detail {

/// One request's data. Reused from request to request: `reset` keeps the memory.
///
/// Views in `head` point into the connection's input, which stays in place until the response is done.
struct request_state {
    static constexpr std::size_t max_path_parameters = 16;
    static constexpr std::size_t max_kept_body = 64 * 1024;

    /// What `client` points to until the connection has set it.
    inline static client_address const no_client{};

    wire::request_head head;
    client_address const* client = &no_client;   ///< the connection's, set for each request
    std::atomic<bool> const* draining = nullptr; ///< the server's; null: it has none

    std::string_view path;    ///< decoded; a view of `head.path` when it has no escape
    std::string decoded_path; ///< storage for `path` when it has

    std::string_view route_pattern;
    std::span<std::string const> path_names; ///< of the matched route, in order
    std::array<std::string_view, max_path_parameters> path_values;

    std::string body;
    bool body_read = false;

    bool query_parsed = false;
    bool query_too_long = false; ///< more parameters than the limit
    std::size_t max_query_parameters = 1000;
    wire::query_string query;

    base::mutex stop_mutex;               ///< a handler on the pool asks while the loop stops
    std::optional<std::stop_source> stop; ///< made when somebody asks for a token
    bool stop_requested = false;

    /// The decoded query, parsed at the first call.
    wire::query_string const& parsed_query();
    /// A token that `begin_stop` stops, or has stopped. Thread-safe, as `begin_stop` is.
    std::stop_token token();
    /// Marks the request as cancelled, and gives what stops the tokens that it has given: the caller is to
    /// call its `request_stop`, which runs callbacks of the application's. This request may be over by then.
    std::stop_source begin_stop() noexcept;

    /// True once `begin_stop` was called. Thread-safe.
    bool cancelled();

    /// Forgets the request and keeps the memory, but for a body buffer of more than `max_kept_body`. Leaves
    /// `max_query_parameters` alone.
    void reset() noexcept;
};

} // namespace serval::detail
