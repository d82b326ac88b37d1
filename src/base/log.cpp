#include "base/console_log.hpp"

#include <serval/log.hpp>

#include <algorithm>
#include <array>
#include <unistd.h>

namespace serval {

namespace {

constexpr std::array<std::string_view, 5> level_names = {"debug", "info", "warning", "error", "off"};

} // namespace

std::optional<log_level> parse_log_level(std::string_view name) noexcept
{
    auto const found = std::ranges::find(level_names, name);
    if (found == level_names.end()) return std::nullopt;
    return static_cast<log_level>(found - level_names.begin());
}

std::string_view to_string(log_level level) noexcept
{
    auto const index = static_cast<std::size_t>(level);
    return index < level_names.size() ? level_names[index] : std::string_view{};
}

std::shared_ptr<log_sink> console_log()
{
    return base::make_console_log(STDOUT_FILENO, STDERR_FILENO);
}

} // namespace serval
