/// One short life of a server, and what must be true at its end.
#pragma once

#include "endpoints.hpp"
#include "ledger.hpp"
#include "plan.hpp"

#include <cstdint>
#include <vector>

namespace chaos {

struct life_result {
    std::vector<finding> findings;
    bool stuck = false; ///< threads of it run on: it was left to them, and nothing can be compared any more
    std::uint64_t requests = 0;
    std::uint64_t whole = 0;
    std::uint64_t broken = 0;
    bool clean = false;
};

life_result live(life_plan const& plan, served_files const& files, bool verbose);

} // namespace chaos
