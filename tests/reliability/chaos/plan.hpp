/// All that is chosen for one life, from its seed: settings, clients, their requests, the end.
#pragma once

#include "random.hpp"

#include <serval/settings.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace chaos {

using std::chrono::microseconds;
using std::chrono::milliseconds;

enum class kind : std::uint8_t {
    quick,
    plain,
    coroutine,
    large,
    large_plain,
    pooled,
    until_stopped,
    echo,
    impatient,
    form,
    form_plain,
    kept_form,
    body,
    parts,
    texts,
    events,
    lines,
    written,
    file,
    range,
    tasks,
    free_tasks,
    streamed_tasks,
    background,
    count_
};

struct request_plan {
    std::uint64_t id = 0;
    chaos::kind kind = kind::quick;
    std::size_t n = 0; ///< size or count, as in the path; for uploads the size of what is sent
    int nap = 0;
    int fail = 0;
    int failing_dependency = 0;
    bool slow = false; ///< slow dependencies and middleware
    bool head = false;
    bool old = false;     ///< HTTP/1.0
    bool chunked = false; ///< of an upload
};

constexpr auto never = microseconds::max();
constexpr auto all_bytes = static_cast<std::size_t>(-1);

/// What a client does with its connection. All times count from the beginning of the life.
struct client_plan {
    char const* behaviour = "";
    microseconds begin{0};
    std::vector<request_plan> requests;
    std::string garbage;                ///< sent in their place
    bool pipelined = false;             ///< sends all requests at once
    std::size_t send_bytes = all_bytes; ///< sends no more than this
    std::size_t send_chunk = all_bytes; ///< in pieces of this size, one each millisecond
    bool leaves_when_sent = false;
    std::size_t read_bytes = all_bytes; ///< leaves when it has read this much
    microseconds leave_after = never;   ///< or this long after its beginning
    bool resets = false;                ///< leaves by a reset
    bool half_closes = false;           ///< closes its sending side when it has sent all
    std::size_t read_chunk = all_bytes; ///< reads so much, one each millisecond
    microseconds read_from{0};          ///< does not read before; never: before the server has stopped
    int receive_buffer = 0;             ///< 0: the system's
    bool stays_idle = false;            ///< keeps its connection when all is answered

    /// True when it wants whole answers, and does all for it.
    bool stays = true;
    /// True when the server may end it for its slowness.
    bool idles = false;
};

enum class ending : std::uint8_t { stop, stop_and_abort, stop_twice, destructor, context_stopped_first };

struct life_plan {
    std::uint64_t seed = 0;
    serval::settings settings;
    bool own_context = false; ///< the caller's io_context
    bool unix_socket = false;
    microseconds drain_at{0};
    milliseconds deadline{0};
    chaos::ending ending = ending::stop;
    microseconds abort_after{0}; ///< the beginning of the stop
    std::vector<client_plan> clients;
    std::size_t requests = 0; ///< ids are 1 to this

    bool has_handler_timeout() const noexcept { return settings.limits.handler_timeout.count() != 0; }
    bool has_few_connections() const noexcept { return settings.limits.connections < 1000; }
};

/// `loops`: 0 for the seed's own choice.
life_plan make_plan(std::uint64_t seed, std::size_t loops);

std::string describe(life_plan const& plan);
std::string describe(request_plan const& one);

} // namespace chaos
