#include "support/exchange_ledger.hpp"

#include <algorithm>
#include <array>
#include <pthread.h>

namespace serval::test {

namespace {

char const* name_of(ledger::step what)
{
    constexpr std::array names{"made", "ended", "entered", "left", "ran", "late"};
    return names[static_cast<std::size_t>(what)];
}

char const* name_of(place where)
{
    constexpr std::array names{"loop", "pool", "elsewhere"};
    return names[static_cast<std::size_t>(where)];
}

} // namespace

place this_place()
{
    std::array<char, 16> name{};
    ::pthread_getname_np(::pthread_self(), name.data(), name.size());
    std::string_view const text{name.data()};
    if (text == "serval-loop") return place::loop;
    return text == "serval-pool" ? place::pool : place::elsewhere;
}

void ledger::write(int id, step what, std::string_view who)
{
    std::lock_guard const lock{mutex_};
    entries_[id].push_back({what, std::string{who}, this_place()});
}

void ledger::fault(int id, std::string what)
{
    std::lock_guard const lock{mutex_};
    faults_[id].append(what).append("\n");
}

std::size_t ledger::count(int id, step what, std::string_view who) const
{
    std::lock_guard const lock{mutex_};
    auto const found = entries_.find(id);
    if (found == entries_.end()) return 0;
    return static_cast<std::size_t>(std::ranges::count_if(found->second, [&](entry const& one) {
        return one.what == what && (who.empty() || one.who == who);
    }));
}

bool ledger::over(int id) const
{
    auto const made = count(id, step::made);
    return made != 0 && made == count(id, step::ended) && count(id, step::entered) == count(id, step::left);
}

std::string ledger::problem(int id) const
{
    std::lock_guard const lock{mutex_};
    std::string found;
    if (auto const faults = faults_.find(id); faults != faults_.end()) found = faults->second;
    auto const entries = entries_.find(id);
    return found + (entries == entries_.end() ? "nothing was made\n" : problem_of(entries->second));
}

std::string ledger::problem_of(std::vector<entry> const& entries) const
{
    std::string found;
    std::vector<std::string> open; // values, in the order of their making
    std::map<std::string, int> users;
    bool task_ran = false;
    bool any_ended = false;
    for (auto const& one : entries) {
        switch (one.what) {
        case step::made: open.push_back(one.who); break;
        case step::ended:
            any_ended = true;
            if (open.empty() || open.back() != one.who) {
                found += one.who + " ended out of turn, or twice\n";
            } else {
                open.pop_back();
            }
            break;
        case step::entered: ++users[one.who]; break;
        case step::left: --users[one.who]; break;
        case step::ran: task_ran = true; break;
        case step::late: continue;
        }
        bool const use = one.what == step::entered || one.what == step::left || one.what == step::ran;
        if (any_ended && use) found += one.who + " " + name_of(one.what) + " after a value's end\n";
        if (task_ran && use && one.who == "producer") found += "the producer ended after a task\n";
    }
    for (auto const& name : open)
        found += name + " has not ended\n";
    for (auto const& [who, n] : users)
        if (n != 0) found += who + " has not left\n";
    return found;
}

std::string ledger::all(int id) const
{
    std::lock_guard const lock{mutex_};
    std::string text;
    auto const found = entries_.find(id);
    if (found == entries_.end()) return text;
    for (auto const& one : found->second)
        text += one.who + ' ' + name_of(one.what) + " (" + name_of(one.where) + ")\n";
    return text;
}

session::session(int id, std::string name, place where, session* inner)
    : id_{id},
      name_{std::move(name)},
      where_{where},
      inner_{inner}
{
    if (inner_ != nullptr) inner_->use(name_);
    if (this_place() != where_) ledger::current().fault(id_, name_ + " made on the wrong thread");
    ledger::current().write(id_, ledger::step::made, name_);
}

session::session(session&& from) noexcept
    : magic_{from.magic_},
      id_{from.id_},
      name_{from.name_},
      where_{from.where_},
      inner_{from.inner_},
      tasks_{from.tasks_},
      owner_{std::exchange(from.owner_, false)}
{}

session::~session()
{
    if (!owner_) return;
    use(name_ + "'s end");
    if (this_place() != where_) ledger::current().fault(id_, name_ + " ended on the wrong thread");
    ledger::current().write(id_, ledger::step::ended, name_);
    if (tasks_ != nullptr)
        tasks_->add([id = id_] { ledger::current().write(id, ledger::step::late, "late task"); });
    magic_ = 0;
}

void session::use(std::string_view who) const
{
    if (magic_ != alive) ledger::current().fault(id_, std::string{who} + " used an ended " + name_);
    if (inner_ != nullptr) inner_->use(who);
}

session_user::session_user(session& used, std::string who) : used_{&used}, who_{std::move(who)}
{
    used_->use(who_);
    ledger::current().write(used_->id(), ledger::step::entered, who_);
}

session_user::~session_user()
{
    if (used_ == nullptr) return;
    used_->use(who_ + "'s end");
    ledger::current().write(used_->id(), ledger::step::left, who_);
}

} // namespace serval::test
