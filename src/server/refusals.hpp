// What serval answers by itself, in no handler's name.
#pragma once

#include "base/log_gate.hpp"
#include "server/environment.hpp"
#include "wire/error.hpp"

#include <serval/response.hpp>

#include <cstdint>
#include <memory>
#include <string_view>

namespace serval::server_impl {

/// The answers of one loop that no handler and no middleware gives: they are shaped by the application's
/// hook, and logged, a few a second.
class refusals {
public:
    /// Lines a second that are logged; the rest is counted, and told when the second is over.
    static constexpr unsigned lines_a_second = 20;

    explicit refusals(std::shared_ptr<environment> of) noexcept : environment_{std::move(of)} {}

    /// What answers a request that is refused for `why`.
    response answer_to(wire::error why, client_address const& client);

    /// Lets the application shape such an answer, if it wants to. When that fails the answer stays as it is,
    /// and a line a second is logged.
    void shape(response& answer, std::string_view reason, client_address const& client);

    /// Logs that what began with `received` was answered with `status`. `now`: milliseconds on the loop's
    /// clock.
    void log(client_address const& client, std::string_view received, int status, wire::error why,
             std::int64_t now);

    /// Tells what was not logged when its second is over. Called by the tick.
    void sweep(std::int64_t now);

private:
    void complain(std::string_view about);

    std::shared_ptr<environment> environment_;
    base::log_gate complaints_;
    std::int64_t second_began_ = 0;
    unsigned lines_ = 0;
    std::uint64_t left_out_ = 0;
};

} // namespace serval::server_impl
