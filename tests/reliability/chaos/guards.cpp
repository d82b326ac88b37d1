#include "guards.hpp"

#include <charconv>
#include <stdexcept>
#include <string>

namespace chaos {

std::uint64_t id_of(serval::request const& r)
{
    std::uint64_t id = ~std::uint64_t{0};
    auto const text = r.path_param("id").value_or("");
    std::from_chars(text.data(), text.data() + text.size(), id);
    return id;
}

lease::lease(std::uint64_t id, std::size_t which, lease* under) noexcept
    : ledger_{&ledger::current()},
      id_{id},
      which_{which},
      under_{under}
{
    ledger_->at(id_).dependencies[which_].begun.add();
    ledger_->live_leases.add();
}

lease::lease(lease&& other) noexcept
    : ledger_{std::exchange(other.ledger_, nullptr)},
      id_{other.id_},
      which_{other.which_},
      under_{std::exchange(other.under_, nullptr)}
{
    other.magic_ = moved;
}

lease::~lease()
{
    if (ledger_ != nullptr) {
        use("its destructor");
        if (under_ != nullptr) under_->use("the destructor of a dependency above it");
        auto& record = ledger_->at(id_).dependencies[which_];
        record.end_on.store(current_thread_kind());
        record.end_at.store(ledger_->now());
        record.ended.add();
        ledger_->live_leases.add(-1);
    }
    // Through a volatile pointer: a store into what ends is one that the compiler may drop.
    *static_cast<std::uint32_t volatile*>(&magic_) = dead;
}

void lease::use(std::string_view by) noexcept
{
    ++uses_;
    if (magic_ == alive) return;
    ledger::current().fail("used-after-end", "dependency " + std::to_string(which_) + " of request " +
                                                 std::to_string(id_) + " was used by " + std::string{by} +
                                                 " after its end");
}

handler_scope::handler_scope(std::uint64_t id) noexcept
    : ledger_{&ledger::current()},
      record_{&ledger_->at(id)}
{
    record_->handler_begin.store(ledger_->now());
    ledger_->live_handlers.add();
}

handler_scope::~handler_scope()
{
    record_->handler_end.store(ledger_->now());
    ledger_->live_handlers.add(-1);
}

producer_scope::producer_scope(std::uint64_t id, std::stop_token token, std::vector<lease*> uses)
    : ledger_{&ledger::current()},
      id_{id},
      token_{std::move(token)},
      uses_{std::move(uses)}
{
    ledger_->live_producers.add();
}

producer_scope::producer_scope(producer_scope&& other) noexcept
    : ledger_{std::exchange(other.ledger_, nullptr)},
      id_{other.id_},
      token_{std::move(other.token_)},
      uses_{std::move(other.uses_)},
      begun_{other.begun_},
      done_{other.done_}
{}

producer_scope::~producer_scope()
{
    if (ledger_ == nullptr) return;
    for (auto* const one : uses_)
        one->use("a stream's destructor");
    auto& record = ledger_->at(id_);
    if (begun_ && !done_ && !token_.stop_requested()) {
        ledger_->fail("stream-not-told", "the stream of request " + std::to_string(id_) +
                                             " was broken off, and its stop_token not requested");
    }
    record.producer_end.store(ledger_->now());
    ledger_->live_producers.add(-1);
}

void producer_scope::step() noexcept
{
    if (!std::exchange(begun_, true)) ledger_->at(id_).producer_begin.store(ledger_->now());
    for (auto* const one : uses_)
        one->use("a stream");
}

struct task_ticket::shared {
    explicit shared(task_record& of) noexcept : owner{&ledger::current()}, record{&of}
    {
        owner->live_tasks.add();
    }
    shared(shared const&) = delete;
    shared& operator=(shared const&) = delete;
    ~shared()
    {
        record->end_at.raise(owner->now());
        record->released.add();
        owner->live_tasks.add(-1);
    }

    ledger* owner;
    task_record* record;
};

task_ticket::task_ticket(task_record& record) : shared_{std::make_shared<shared>(record)} {}

unsigned task_ticket::begin() const noexcept
{
    return shared_->record->attempts.add();
}

void task_ticket::complete() const noexcept
{
    shared_->record->completed.add();
    shared_->record->end_at.raise(shared_->owner->now());
}

void task_ticket::fail() const
{
    shared_->record->threw.add();
    throw std::runtime_error("a task that fails");
}

} // namespace chaos
