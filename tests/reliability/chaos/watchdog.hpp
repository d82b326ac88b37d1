/// Ends the process when a life does not end, and says what it waited for.
#pragma once

#include <cstdint>
#include <string>

namespace serval {
class server;
}

namespace chaos::watchdog {

/// Starts its thread. `repeat`: the command line that repeats a life, without its seed.
void start(std::string repeat);
void begin(std::uint64_t seed);
/// What comes next, for the message.
void stage(char const* name);
/// The server that is asked for its stats then; null: none.
void server(serval::server const* now);
void end();

} // namespace chaos::watchdog
