/// What is written down about the ends of exchanges: values of dependencies, who uses them, and in which
/// order.
#pragma once

#include <serval/background_tasks.hpp>

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace serval::test {

/// Where something runs, by the names of serval's threads.
enum class place { loop, pool, elsewhere };
place this_place();

/// The steps of many requests, each with a number of its own that its client gave it.
///
/// The functions of dependencies are constants, so they find it by `current`; one at a time. Thread-safe.
class ledger {
public:
    enum class step { made, ended, entered, left, ran, late };
    struct entry {
        step what;
        std::string who;
        place where;
    };

    ledger() { current_ = this; }
    ~ledger() { current_ = nullptr; }
    ledger(ledger const&) = delete;
    ledger& operator=(ledger const&) = delete;
    static ledger& current() { return *current_; }

    void write(int id, step what, std::string_view who);
    /// Something that must not be, whatever follows.
    void fault(int id, std::string what);

    std::size_t count(int id, step what, std::string_view who = {}) const;
    /// A value was made, and none is left; nor is anybody who uses one.
    bool over(int id) const;
    /// What is wrong with a request that is over: each value ended once, in reverse of their making, after
    /// all who use it; the body's producer before the first task. Empty: nothing.
    std::string problem(int id) const;
    /// All steps of a request, a line each.
    std::string all(int id) const;

private:
    std::string problem_of(std::vector<entry> const& entries) const;

    inline static ledger* current_ = nullptr;
    mutable std::mutex mutex_;
    std::map<int, std::vector<entry>> entries_;
    std::map<int, std::string> faults_;
};

/// The value of a dependency. It has a number that its end wipes, so that who uses it later finds out; the
/// number is no atomic, so that a use beside the end is a race.
class session {
public:
    /// `where` it must be made and end. `inner`: of the dependency that this one uses, or null.
    session(int id, std::string name, place where, session* inner = nullptr);
    session(session&& from) noexcept;
    session& operator=(session&&) = delete;
    ~session();

    int id() const noexcept { return id_; }
    /// A fault in the ledger, unless this and what it uses have not ended.
    void use(std::string_view who) const;
    /// Its end adds a task, which writes down that it ran.
    void add_task_at_end(background_tasks& tasks) noexcept { tasks_ = &tasks; }

private:
    static constexpr std::uint64_t alive = 0x5e55'1011'a11f'e000;

    std::uint64_t volatile magic_ = alive;
    int id_;
    std::string name_;
    place where_;
    session* inner_;
    background_tasks* tasks_ = nullptr;
    bool owner_ = true; // false: moved from
};

/// Who uses a session for as long as it lives. Can be moved, for the arguments of tasks.
class session_user {
public:
    session_user(session& used, std::string who);
    session_user(session_user&& from) noexcept
        : used_{std::exchange(from.used_, nullptr)},
          who_{std::move(from.who_)}
    {}
    session_user& operator=(session_user&&) = delete;
    ~session_user();

    void use() const { used_->use(who_); }
    session& used() const noexcept { return *used_; }

private:
    session* used_;
    std::string who_;
};

} // namespace serval::test
