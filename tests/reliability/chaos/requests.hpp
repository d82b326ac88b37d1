/// The requests of a plan as bytes, and what they are to be answered with.
#pragma once

#include "plan.hpp"

#include <optional>
#include <string>
#include <vector>

namespace chaos {

bool takes_body(kind of) noexcept;
/// True when the answer has no length: chunked, or the end of the connection.
bool is_stream(kind of) noexcept;
/// True when the pool for plain functions has a part in it: it may be full, 503.
bool uses_pool(request_plan const& one) noexcept;
/// True when the answer's body ends as soon as a drain begins, by rule.
bool is_endless(request_plan const& one) noexcept;

/// Chooses `n` and `fail`.
void choose_size(random& r, request_plan& one, bool fails);

std::string target_of(request_plan const& one);
std::string request_bytes(request_plan const& one);

/// The body of the whole, right answer; of an endless one at least `at_least` bytes.
std::string expected_body(request_plan const& one, std::size_t at_least = 0);

/// Whether `status` is a right one for it, whatever the server's limits say.
bool is_expected_status(request_plan const& one, int status, std::size_t json_limit);
/// The status of the answer that has `expected_body`; 0: there is none, it fails.
int good_status(request_plan const& one, std::size_t json_limit);

} // namespace chaos
