// What the tests of how exchanges end have in common: what a client asks for, and the dependencies of all
// kinds.
#pragma once

#include "support/exchange_ledger.hpp"
#include "support/handler_probes.hpp"

#include <serval/serval.hpp>

#include <chrono>
#include <cstddef>
#include <stdexcept>
#include <string>

namespace serval::test {

/// What the client asks an answer to do.
enum how : int { whole, endless, flood, throw_first, throw_later };

constexpr std::size_t large_element = 40'000;
constexpr std::size_t large_body = 1 << 20;

/// What the answers of a test need; one at a time.
struct stage {
    stage() { current = this; }
    ~stage() { current = nullptr; }
    stage(stage const&) = delete;
    stage& operator=(stage const&) = delete;

    inline static stage* current = nullptr;
    gate step; ///< holds the second step of "blocking"
    std::string small_file;
    std::string large_file;
};

using id_parameter = params::query<"id", int>;
using how_parameter = params::query<"how", int>;

inline task<session> coroutine_session(id_parameter id)
{
    co_await sleep_for(std::chrono::milliseconds(1));
    co_return session(*id, "coroutine session", place::loop);
}

inline session plain_session(id_parameter id)
{
    return session(*id, "plain session", place::pool);
}

inline session plain_on_coroutine(id_parameter id, params::depends<&coroutine_session> inner)
{
    return session(*id, "outer plain session", place::pool, &*inner);
}

inline task<session> coroutine_on_plain(id_parameter id, params::depends<&plain_session> inner)
{
    co_return session(*id, "outer coroutine session", place::loop, &*inner);
}

inline session adding_session(id_parameter id, params::depends<&coroutine_session> inner,
                              background_tasks& tasks)
{
    session made(*id, "adding session", place::pool, &*inner);
    made.add_task_at_end(tasks);
    return made;
}

template <auto Dependency>
session failing_session(id_parameter, params::depends<Dependency> inner)
{
    inner->use("failing session");
    throw std::runtime_error("no session");
}

} // namespace serval::test
