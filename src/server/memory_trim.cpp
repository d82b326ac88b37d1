#include "server/memory_trim.hpp"

#include "base/file_descriptor.hpp"

#include <array>
#include <atomic>
#include <charconv>
#include <fcntl.h>
#include <malloc.h>
#include <optional>
#include <string_view>
#include <unistd.h>
#include <utility>

namespace serval::server_impl {

namespace {

#if defined(__GLIBC__)
constexpr bool can_trim = true;
#else
constexpr bool can_trim = false;
#endif

/// Bytes of this process that are in memory; nothing when the system does not tell.
std::optional<std::size_t> resident_bytes() noexcept
{
    std::array<char, 128> room;
    base::file_descriptor const file{::open("/proc/self/statm", O_RDONLY | O_CLOEXEC)};
    auto const size = file ? ::read(file.number(), room.data(), room.size()) : -1;
    std::string_view const text{room.data(), size > 0 ? static_cast<std::size_t>(size) : 0};
    auto const second = text.find(' ') + 1; // of all that is mapped, what is resident
    std::size_t pages = 0;
    if (second == 0) return std::nullopt;
    auto const parsed = std::from_chars(text.data() + second, text.data() + text.size(), pages);
    if (parsed.ec != std::errc{}) return std::nullopt;
    return pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

} // namespace

void memory_trim::trim() noexcept
{
#if defined(__GLIBC__)
    ::malloc_trim(0);
#endif
}

/// A trim that runs keeps it: `stop` may give up on that.
struct memory_trim::state {
    explicit state(function f) noexcept : how{f} {}

    function const how;
    std::mutex mutex;
    trim_policy policy;
    std::size_t load = 0; // of all loops
    bool running = false;
    std::atomic<bool> pending{false};

    void end(bool trimmed) noexcept
    {
        auto const resident = trimmed ? resident_bytes() : std::nullopt;
        std::lock_guard const lock{mutex};
        running = false;
        pending = false;
        if (resident) policy.done(std::chrono::steady_clock::now(), *resident);
    }

    class job final : public base::thread_pool::job {
    public:
        explicit job(std::shared_ptr<state> of) noexcept : of_{std::move(of)} {}
        void run() noexcept override
        {
            std::unique_ptr<job> const ended{this};
            of_->how();
            of_->end(true);
        }
        void dropped() noexcept override
        {
            std::unique_ptr<job> const ended{this};
            of_->end(false);
        }

    private:
        std::shared_ptr<state> of_;
    };
};

memory_trim::memory_trim(bool wanted, function how) : state_{std::make_shared<state>(how)}
{
    if (!wanted || !can_trim) return;
    on_.emplace(1, 1);
    if (auto const resident = resident_bytes()) // before there is any load
        state_->policy.look(std::chrono::steady_clock::now(), *resident, 0);
}

memory_trim::~memory_trim()
{
    stop(std::chrono::milliseconds{0});
}

void memory_trim::stop(std::chrono::milliseconds limit)
{
    if (on_) on_->stop(limit);
}

bool memory_trim::pending() const noexcept
{
    return state_->pending;
}

void memory_trim::look(part& mine, std::size_t load)
{
    if (!on_) return;
    auto const resident = resident_bytes();
    {
        std::lock_guard const lock{state_->mutex};
        state_->load = state_->load - mine.load + load;
        mine.load = load;
        if (!resident || state_->running) return;
        auto const now = std::chrono::steady_clock::now();
        state_->running = state_->policy.look(now, *resident, state_->load);
        state_->pending = state_->policy.grown();
        if (!state_->running) return;
    }
    try {
        auto made = std::make_unique<state::job>(state_);
        if (on_->submit(*made)) return static_cast<void>(made.release());
    } catch (std::exception const&) { // no memory for a thread
    }
    state_->end(false);
}

} // namespace serval::server_impl
