/// What handlers, dependencies, streams and tasks hold, so that the ledger sees their beginning and their
/// end.
#pragma once

#include "ledger.hpp"

#include <serval/serval.hpp>

#include <cstdint>
#include <memory>
#include <stop_token>
#include <string_view>
#include <utility>
#include <vector>

namespace chaos {

/// The id that a request's path states.
std::uint64_t id_of(serval::request const& r);

/// The value of a dependency. It knows whether it is there.
class lease {
public:
    /// `under`: what it uses until its end.
    lease(std::uint64_t id, std::size_t which, lease* under = nullptr) noexcept;
    lease(lease&& other) noexcept;
    lease& operator=(lease&&) = delete;
    ~lease();

    /// Says so when the value has ended, or somebody else uses it at the same time (to the thread sanitizer).
    void use(std::string_view by) noexcept;

private:
    static constexpr std::uint32_t alive = 0xA11FE;
    static constexpr std::uint32_t moved = 0x303ED;
    static constexpr std::uint32_t dead = 0xDEAD;

    std::uint32_t magic_ = alive;
    std::uint32_t uses_ = 0;
    ledger* ledger_;
    std::uint64_t id_;
    std::size_t which_;
    lease* under_;
};

/// The run of a handler.
class handler_scope {
public:
    explicit handler_scope(std::uint64_t id) noexcept;
    handler_scope(handler_scope const&) = delete;
    handler_scope& operator=(handler_scope const&) = delete;
    ~handler_scope();

    void done() noexcept { record_->handler_done.store(1); }
    request_record& record() noexcept { return *record_; }

private:
    ledger* ledger_;
    request_record* record_;
};

/// What makes the body of a streamed answer, from its first element to its destruction.
class producer_scope {
public:
    /// `uses`: the dependencies that it uses to its very end.
    producer_scope(std::uint64_t id, std::stop_token token, std::vector<lease*> uses);
    producer_scope(producer_scope&& other) noexcept;
    producer_scope& operator=(producer_scope&&) = delete;
    ~producer_scope();

    /// Before each element.
    void step() noexcept;
    /// It has come to its end, or is about to throw.
    void done() noexcept { done_ = true; }

private:
    ledger* ledger_;
    std::uint64_t id_;
    std::stop_token token_;
    std::vector<lease*> uses_;
    bool begun_ = false;
    bool done_ = false;
};

/// The argument of a background task. Copies are one.
class task_ticket {
public:
    explicit task_ticket(task_record& record);

    /// An attempt begins; its number, from 1.
    unsigned begin() const noexcept;
    void complete() const noexcept;
    [[noreturn]] void fail() const;

private:
    struct shared;
    std::shared_ptr<shared> shared_;
};

} // namespace chaos
