// What base/sync.hpp names in a build whose schedules are explored: every operation is a step.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <type_traits>
#include <utility>

namespace serval::explored {

class mutex;
class condition_variable;

namespace detail {

/// Finds uses of what has ended, as long as nobody has written over it.
class lifetime {
public:
    lifetime() noexcept = default;
    ~lifetime();
    lifetime(lifetime const&) = delete;
    lifetime& operator=(lifetime const&) = delete;

    void expect_alive() const;

private:
    static constexpr unsigned alive = 0xa11fe;

    unsigned volatile state_ = alive;
};

void atomic_step(void const* object, char const* what);

} // namespace detail

/// As std::mutex. Unlocking is a step, too: others may go on before whatever follows it.
class mutex {
public:
    mutex() noexcept = default;
    ~mutex();
    mutex(mutex const&) = delete;
    mutex& operator=(mutex const&) = delete;

    void lock();
    bool try_lock();
    void unlock();

private:
    friend class scheduler;

    detail::lifetime lifetime_;
    std::size_t owner_ = 0; // 0: none; otherwise a thread's number, from 1
};

/// As std::condition_variable. Which thread notify_one wakes is tried in all ways. A wait with a limit may
/// time out at any moment, which counts as a preemption while another thread can run.
class condition_variable {
public:
    condition_variable() = default;
    ~condition_variable();
    condition_variable(condition_variable const&) = delete;
    condition_variable& operator=(condition_variable const&) = delete;

    void notify_one() noexcept;
    void notify_all() noexcept;

    void wait(std::unique_lock<mutex>& lock) { wait(lock, false); }
    template <class P>
    void wait(std::unique_lock<mutex>& lock, P satisfied)
    {
        while (!satisfied())
            wait(lock, false);
    }
    template <class R, class D, class P>
    bool wait_for(std::unique_lock<mutex>& lock, std::chrono::duration<R, D> const&, P satisfied)
    {
        while (!satisfied()) {
            if (!wait(lock, true)) return satisfied();
        }
        return true;
    }
    template <class C, class D, class P>
    bool wait_until(std::unique_lock<mutex>& lock, std::chrono::time_point<C, D> const&, P satisfied)
    {
        return wait_for(lock, std::chrono::seconds{1}, std::move(satisfied));
    }
    template <class R, class D>
    std::cv_status wait_for(std::unique_lock<mutex>& lock, std::chrono::duration<R, D> const&)
    {
        return wait(lock, true) ? std::cv_status::no_timeout : std::cv_status::timeout;
    }
    template <class C, class D>
    std::cv_status wait_until(std::unique_lock<mutex>& lock, std::chrono::time_point<C, D> const&)
    {
        return wait(lock, true) ? std::cv_status::no_timeout : std::cv_status::timeout;
    }

private:
    /// False: the time is over.
    bool wait(std::unique_lock<mutex>& lock, bool limited);

    detail::lifetime lifetime_;
};

/// As std::thread.
class thread {
public:
    thread() noexcept = default;
    template <class F>
        requires(!std::is_same_v<std::remove_cvref_t<F>, thread>)
    explicit thread(F&& function)
    {
        // Shared, since a std::function must be copyable.
        start([body = std::make_shared<std::decay_t<F>>(std::forward<F>(function))] { (*body)(); });
    }
    thread(thread&& other) noexcept : number_{std::exchange(other.number_, 0)} {}
    thread& operator=(thread&& other) noexcept;
    ~thread();

    bool joinable() const noexcept { return number_ != 0; }
    void join();
    void detach();

private:
    void start(std::function<void()> body);

    std::size_t number_ = 0;
};

/// As std::atomic, in one order of all threads: weaker memory orders are not explored.
template <class T>
class atomic {
public:
    atomic() noexcept = default;
    atomic(T value) noexcept : value_{value} {}
    atomic(atomic const&) = delete;
    atomic& operator=(atomic const&) = delete;

    T load(std::memory_order = std::memory_order_seq_cst) const { return *at("load"); }
    void store(T value, std::memory_order = std::memory_order_seq_cst) { *at("store") = value; }
    T exchange(T value, std::memory_order = std::memory_order_seq_cst)
    {
        return std::exchange(*at("exchange"), value);
    }
    bool compare_exchange_strong(T& expected, T desired, std::memory_order = std::memory_order_seq_cst,
                                 std::memory_order = std::memory_order_seq_cst)
    {
        T& value = *at("compare and exchange");
        if (value != expected) {
            expected = value;
            return false;
        }
        value = desired;
        return true;
    }
    bool compare_exchange_weak(T& expected, T desired, std::memory_order = std::memory_order_seq_cst,
                               std::memory_order = std::memory_order_seq_cst)
    {
        return compare_exchange_strong(expected, desired);
    }
    T fetch_add(T n, std::memory_order = std::memory_order_seq_cst)
    {
        T& value = *at("add");
        return std::exchange(value, static_cast<T>(value + n));
    }
    T fetch_sub(T n, std::memory_order = std::memory_order_seq_cst)
    {
        T& value = *at("subtract");
        return std::exchange(value, static_cast<T>(value - n));
    }
    operator T() const { return load(); }
    T operator=(T value)
    {
        store(value);
        return value;
    }
    T operator++() { return static_cast<T>(fetch_add(1) + 1); }
    T operator--() { return static_cast<T>(fetch_sub(1) - 1); }

private:
    T* at(char const* what) const
    {
        lifetime_.expect_alive();
        detail::atomic_step(this, what);
        lifetime_.expect_alive();
        return &value_;
    }

    mutable T value_{};
    detail::lifetime lifetime_;
};

} // namespace serval::explored
