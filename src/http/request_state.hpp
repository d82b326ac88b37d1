// What a request is made of, behind serval::request.
#pragma once

#include "wire/head.hpp"
#include "wire/query_string.hpp"

#include <serval/request.hpp>

#include <array>
#include <cstdint>
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

    wire::request_head head;
    client_address const* client = nullptr;

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

    std::optional<std::stop_source> stop; ///< made when somebody asks for a token

    /// The decoded query, parsed at the first call.
    wire::query_string const& parsed_query();
    /// A token that `request_stop` stops.
    std::stop_token token();
    void request_stop() noexcept;

    void reset() noexcept;
};

} // namespace serval::detail
