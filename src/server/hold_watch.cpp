#include "server/hold_watch.hpp"

#include <exception>

namespace serval::server_impl {

namespace {

constexpr std::chrono::seconds line_pause{1};
constexpr std::size_t shown_method_bytes = 32;

} // namespace

void hold_log::look(std::string_view who, steady::time_point begin, steady::time_point end) noexcept
{
    if (who.empty() || end - begin < bound_) return;
    if (end < quiet_until_) {
        ++left_out_;
        return;
    }
    quiet_until_ = end + line_pause;
    try {
        auto const taken = std::chrono::duration_cast<std::chrono::milliseconds>(end - begin);
        std::string line{who};
        line += " held loop " + std::to_string(loop_) + " for " + std::to_string(taken.count()) + " ms";
        if (auto const more = std::exchange(left_out_, 0); more != 0)
            line += " (and " + std::to_string(more) + " more like it since the last line)";
        environment_->log.write(log_level::warning, line);
    } catch (std::exception const&) { // no memory for a hint
    }
}

void hold_watch::begins(std::string_view method)
{
    auto const now = steady::now();
    if (in_turn_) log_->look(who_, std::exchange(since_, now), now);
    at_work_ = true;
    who_.assign(method.substr(0, shown_method_bytes));
}

void hold_watch::names(std::string_view route)
{
    who_.append(" ").append(route.empty() ? "(no route)" : route);
}

void hold_watch::begin_turn() noexcept
{
    in_turn_ = true;
    if (!at_work_) who_.clear();
    since_ = steady::now();
}

void hold_watch::end_turn() noexcept
{
    in_turn_ = false;
    if (!who_.empty()) log_->look(who_, since_, steady::now());
}

} // namespace serval::server_impl
