#include "ledger.hpp"

#include <algorithm>
#include <pthread.h>

namespace chaos {

namespace {

constexpr std::size_t findings_max = 50;

std::atomic<ledger*> current_ledger{nullptr};

} // namespace

thread_kind current_thread_kind() noexcept
{
    std::array<char, 16> name{};
    if (::pthread_getname_np(::pthread_self(), name.data(), name.size()) != 0) return thread_kind::other;
    std::string_view const text{name.data()};
    if (text == "serval-loop") return thread_kind::loop;
    return text == "serval-pool" ? thread_kind::pool : thread_kind::other;
}

void mark_as_loop() noexcept
{
    ::pthread_setname_np(::pthread_self(), "serval-loop");
}

bool request_record::begun() const noexcept
{
    return handler_begin.load() != 0 ||
           std::any_of(dependencies.begin(), dependencies.end(),
                       [](dependency_record const& one) { return one.begun.load() != 0; });
}

ledger& ledger::current() noexcept
{
    return *current_ledger.load(std::memory_order_relaxed);
}

void ledger::set_current(ledger* now) noexcept
{
    current_ledger.store(now, std::memory_order_relaxed);
}

void ledger::fail(std::string_view kind, std::string text)
{
    std::lock_guard const lock{mutex_};
    if (findings_.size() < findings_max) findings_.push_back({std::string{kind}, std::move(text)});
}

std::vector<finding> ledger::findings() const
{
    std::lock_guard const lock{mutex_};
    return findings_;
}

} // namespace chaos
