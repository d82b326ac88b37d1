/// What must be true when a life has ended.
#pragma once

#include "crowd.hpp"
#include "ledger.hpp"
#include "plan.hpp"

#include <serval/server.hpp>

#include <cstddef>
#include <optional>

namespace chaos {

/// What the life's own thread has seen.
struct life_facts {
    serval::server_stats at_stop;
    std::optional<serval::server_stats> after; ///< none: the server was only destroyed
    std::optional<serval::stop_report> report;
    bool stuck = false; ///< the report says so, or threads are left after a destructor
    steady::time_point stop_began;
    steady::duration stop_took{};
    std::size_t descriptors_before = 0;
    std::size_t descriptors_after = 0;
    std::size_t threads_before = 0;
    std::size_t threads_after = 0;
    bool socket_left = false;
};

/// Enters what is not into the ledger. The server, its app and its context are gone, unless they are stuck.
void check_life(life_plan const& plan, life_facts const& facts, crowd const& clients, ledger& into);

} // namespace chaos
