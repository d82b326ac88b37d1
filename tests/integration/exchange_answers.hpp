// Every kind of answer, by a handler that uses a session from a dependency, for the tests of how exchanges
// end.
#pragma once

#include "integration/exchange_sessions.hpp"

#include <serval/serval.hpp>

#include <chrono>
#include <cstddef>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

namespace serval::test {

/// A body's elements, on the pool; it uses the session as long as it lives.
class element_range {
public:
    struct iterator {
        using value_type = std::string;
        using difference_type = std::ptrdiff_t;
        element_range const* of;
        int at;
        std::string operator*() const { return of->element(at); }
        iterator& operator++()
        {
            ++at;
            return *this;
        }
        void operator++(int) { ++at; }
        bool operator==(std::default_sentinel_t) const { return of->mode_ == whole && at == 5; }
    };

    element_range(session& used, int mode, std::size_t size, bool blocks)
        : user_{used, "producer"},
          mode_{mode},
          size_{size},
          blocks_{blocks}
    {}

    iterator begin() const { return {this, 0}; }
    static std::default_sentinel_t end() { return {}; }

private:
    std::string element(int at) const
    {
        user_.use();
        if (mode_ == throw_first) throw std::runtime_error("no element");
        if (blocks_ && at == 1) stage::current->step.wait();
        if (mode_ != flood && at != 0) std::this_thread::sleep_for(std::chrono::milliseconds{5});
        if (mode_ == throw_later && at == 1) {
            std::this_thread::sleep_for(std::chrono::milliseconds{20});
            throw std::runtime_error("no more elements");
        }
        user_.use();
        return std::string(size_, 'x');
    }

    session_user user_;
    int mode_;
    std::size_t size_;
    bool blocks_;
};

struct reading {
    int number = 0;
    std::string text;
};

template <class T>
T made_element(int mode)
{
    std::string text(mode == flood ? 30'000 : 10, 'x');
    if constexpr (std::is_same_v<T, reading>) {
        return reading{1, std::move(text)};
    } else {
        return T(std::move(text));
    }
}

/// The pause after element `at`, or its failure.
inline task<> pause(int mode, int at)
{
    if (mode == flood) co_return;
    int const ms = at == 0 ? 20 : 5;
    co_await sleep_for(std::chrono::milliseconds(ms));
    if (mode == throw_later) throw std::runtime_error("no more elements");
}

template <class T>
generator<T> elements(session* used, int mode)
{
    session_user const here(*used, "producer");
    if (mode == throw_first) throw std::runtime_error("no element");
    for (int i = 0; mode != whole || i != 5; ++i) {
        T made = made_element<T>(mode);
        co_yield std::ref(made); // an aggregate cannot be moved from, with g++ 12
        here.use();
        co_await pause(mode, i);
        here.use();
    }
}

inline task<> coroutine_task(session_user user, std::chrono::milliseconds duration)
{
    ledger::current().write(user.used().id(), ledger::step::ran, "coroutine task");
    co_await sleep_for(duration);
    user.use();
}

inline void plain_task(session_user const& user)
{
    ledger::current().write(user.used().id(), ledger::step::ran, "plain task");
    user.use();
}

inline void add_tasks(session& used, int mode, background_tasks& tasks)
{
    std::chrono::milliseconds const duration =
        mode == endless ? std::chrono::hours{1} : std::chrono::milliseconds{10};
    tasks.add(coroutine_task, session_user(used, "coroutine task"), duration);
    tasks.add(plain_task, session_user(used, "plain task"));
}

inline task<> hold(session* used, int mode)
{
    session_user const here(*used, "handler");
    if (mode == throw_first) throw std::runtime_error("no answer");
    if (mode == endless) co_await sleep_for(std::chrono::hours(1));
}

/// The handlers whose session comes from `Dependency`.
template <auto Dependency>
struct answers {
    using used = params::depends<Dependency>;

    static task<std::string> text(used s, how_parameter mode)
    {
        co_await hold(&*s, *mode);
        co_return std::string(100, 'x');
    }
    static std::string plain(used s, how_parameter mode, request& r)
    {
        session_user const here(*s, "handler");
        if (*mode == throw_first) throw std::runtime_error("no answer");
        auto const stop = r.stop_token();
        while (*mode == endless && !stop.stop_requested())
            std::this_thread::sleep_for(std::chrono::milliseconds{5});
        here.use();
        return std::string(100, 'x');
    }
    static task<reading> model(used s, how_parameter mode)
    {
        co_await hold(&*s, *mode);
        reading made{1, "text"};
        co_return made;
    }
    static task<std::string> large(used s, how_parameter mode)
    {
        co_await hold(&*s, *mode);
        co_return std::string(*mode == flood ? 16 * large_body : large_body, 'x');
    }
    static task<response> file(used s, how_parameter mode)
    {
        co_await hold(&*s, *mode);
        co_return file_response(*mode == flood ? stage::current->large_file : stage::current->small_file);
    }
    template <class T>
    static generator<T> stream(used s, how_parameter mode)
    {
        return elements<T>(&*s, *mode);
    }
    /// A handler that is a generator, as in the documentation.
    static generator<std::string> itself(used s, how_parameter mode)
    {
        session_user const here(*s, "producer");
        if (*mode == throw_first) throw std::runtime_error("no element");
        for (int i = 0; *mode != whole || i != 5; ++i) {
            std::string made = made_element<std::string>(*mode);
            co_yield std::move(made);
            here.use();
            co_await pause(*mode, i);
        }
    }
    static response range(used s, how_parameter mode)
    {
        return streaming_response(element_range(*s, *mode, 10, false));
    }
    static response large_range(used s, how_parameter mode)
    {
        return streaming_response(element_range(*s, *mode, large_element, false));
    }
    static response blocking(used s, how_parameter mode)
    {
        return streaming_response(element_range(*s, *mode, 10, true));
    }
    static response written(used s, how_parameter mode)
    {
        return streaming_response(
            [from = &*s, mode = *mode](response_writer& out) -> task<> {
                session_user const here(*from, "producer");
                if (mode == throw_first) throw std::runtime_error("no element");
                for (int i = 0; mode != whole || i != 5; ++i) {
                    std::string const made = made_element<std::string>(mode);
                    co_await out.write(made);
                    here.use();
                    co_await pause(mode, i);
                }
            },
            "text/plain");
    }
    static task<std::string> tasks(used s, how_parameter mode, background_tasks& added)
    {
        session_user const here(*s, "handler");
        add_tasks(*s, *mode, added);
        if (*mode == throw_first) throw std::runtime_error("no answer");
        co_return std::string(100, 'x');
    }
    static generator<std::string> stream_and_tasks(used s, how_parameter mode, background_tasks& added)
    {
        add_tasks(*s, whole, added);
        return elements<std::string>(&*s, *mode);
    }
    static std::string dependency(params::depends<&failing_session<Dependency>>) { return "never"; }

    /// Adds all as "<prefix>/<name>", with this time limit; zero: none.
    static void add(app& to, std::string const& prefix, std::chrono::milliseconds limit)
    {
        to.get(prefix + "/text", &answers::text).timeout(limit);
        to.get(prefix + "/plain", &answers::plain).timeout(limit);
        to.get(prefix + "/model", &answers::model).timeout(limit);
        to.get(prefix + "/large", &answers::large).timeout(limit);
        to.get(prefix + "/file", &answers::file).timeout(limit);
        to.get(prefix + "/strings", &answers::stream<std::string>).timeout(limit);
        to.get(prefix + "/events", &answers::stream<sse_event>).timeout(limit);
        to.get(prefix + "/models", &answers::stream<reading>).timeout(limit);
        to.get(prefix + "/itself", &answers::itself).timeout(limit);
        to.get(prefix + "/range", &answers::range).timeout(limit);
        to.get(prefix + "/large_range", &answers::large_range).timeout(limit);
        to.get(prefix + "/blocking", &answers::blocking).timeout(limit);
        to.get(prefix + "/written", &answers::written).timeout(limit);
        to.get(prefix + "/tasks", &answers::tasks).timeout(limit);
        to.get(prefix + "/stream_and_tasks", &answers::stream_and_tasks).timeout(limit);
        to.get(prefix + "/dependency", &answers::dependency).timeout(limit);
    }
};

} // namespace serval::test
