#include "base/console_log.hpp"

#include "base/log_output.hpp"
#include "base/signal_blocker.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <iterator>
#include <list>
#include <mutex>
#include <optional>
#include <pthread.h>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

namespace serval::base {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t piece_bytes = 16 * 1024; // written in one go; also what access lines gather to
constexpr std::size_t piece_cost = 128;        // of the list, beside the text
constexpr auto write_patience = 100ms; // then the thread looks after its other descriptor, and its end
constexpr auto last_wait = 500ms;      // of a sink that ends, for a reader that has stopped

// uvicorn's level prefix: the level and a colon in ten columns.
std::string_view prefix_of(log_level level) noexcept
{
    constexpr std::array<std::string_view, 5> prefixes = {
        "DEBUG:    ", "INFO:     ", "WARNING:  ", "ERROR:    ", "          "};
    return prefixes[std::min<std::size_t>(static_cast<std::size_t>(level), prefixes.size() - 1)];
}

/// The text between those that log and the thread that writes.
///
/// Its states: nothing waits; records are gathered (`wanted_` false), which are access lines only; they are
/// to be written (`wanted_` true), until nothing waits. It is shared with the thread, since one that hangs in
/// a write outlives the sink.
class console_queue {
public:
    console_queue(int access_fd, int server_fd) noexcept
        : outputs_{log_output{access_fd}, log_output{server_fd}},
          one_file_{outputs_[0].same_as(outputs_[1])}
    {}

    /// Takes a record, or counts it as dropped. `started`: there is a thread that writes.
    void add(log_record const& record, bool started) noexcept;
    /// Has the thread write what was gathered.
    void want() noexcept;
    /// True when everything is written, which it waits for up to `limit`.
    bool wait_until_written(std::chrono::milliseconds limit) noexcept;
    /// Has the thread end, and waits for that up to `limit`.
    bool end(std::chrono::milliseconds limit) noexcept;

    /// The thread.
    void run() noexcept;

private:
    static constexpr std::size_t access = 0;
    static constexpr std::size_t server = 1;

    struct piece {
        std::size_t to;
        std::string text;
        bool open = true; ///< may grow
    };
    using pieces = std::list<piece>;

    void append(std::size_t to, std::array<std::string_view, 3> const& line, std::size_t bytes);
    bool has_room(std::size_t bytes) const noexcept
    {
        return bytes + piece_cost <= console_queue_bytes - bytes_;
    }
    void say_what_was_dropped();
    pieces::iterator next() noexcept;
    void write_one(std::unique_lock<std::mutex>& lock) noexcept;

    std::array<log_output, 2> const outputs_;
    bool const one_file_;
    std::mutex mutex_;
    std::condition_variable work_;
    std::condition_variable progress_;
    pieces pieces_;
    std::size_t bytes_ = 0;
    std::uint64_t dropped_ = 0;
    std::optional<std::size_t> stalled_; // whose reader did not read when it was tried last
    bool wanted_ = false;
    bool ending_ = false;
    bool ended_ = false;
};

void console_queue::add(log_record const& record, bool started) noexcept
{
    std::array<std::string_view, 3> const line = {prefix_of(record.level), record.message, "\n"};
    std::size_t const bytes = line[0].size() + line[1].size() + line[2].size();
    bool const is_access = record.from == log_record::source::access;
    bool wake = false;
    {
        std::lock_guard const lock{mutex_};
        try {
            if (started && has_room(bytes))
                append(is_access ? access : server, line, bytes);
            else
                ++dropped_;
        } catch (std::exception const&) {
            ++dropped_;
        }
        wake = !wanted_ && (!is_access || bytes_ >= piece_bytes || dropped_ != 0);
        wanted_ = wanted_ || wake;
    }
    if (wake) work_.notify_one();
}

void console_queue::append(std::size_t to, std::array<std::string_view, 3> const& line, std::size_t bytes)
{
    bool const same = !pieces_.empty() && pieces_.back().to == to;
    bool const grows = same && pieces_.back().open && pieces_.back().text.size() + bytes <= piece_bytes;
    std::string fresh;
    std::string& text = grows ? pieces_.back().text : fresh;
    // A piece that follows its like is one of many; others are often a line.
    text.reserve(!grows && same ? std::max(bytes, piece_bytes)
                                : std::max(text.size() + bytes, text.capacity()));
    if (!grows) {
        pieces_.push_back({to, std::move(fresh)});
        bytes_ += piece_cost;
    }
    for (auto const part : line)
        pieces_.back().text.append(part); // has its memory
    bytes_ += bytes;
}

void console_queue::want() noexcept
{
    {
        std::lock_guard const lock{mutex_};
        if (wanted_ || (pieces_.empty() && dropped_ == 0)) return;
        wanted_ = true;
    }
    work_.notify_one();
}

bool console_queue::wait_until_written(std::chrono::milliseconds limit) noexcept
{
    want();
    std::unique_lock lock{mutex_};
    return progress_.wait_for(lock, std::min<std::chrono::milliseconds>(limit, 1h),
                              [this] { return !wanted_; });
}

bool console_queue::end(std::chrono::milliseconds limit) noexcept
{
    std::unique_lock lock{mutex_};
    ending_ = true;
    work_.notify_one();
    return progress_.wait_for(lock, limit, [this] { return ended_; });
}

void console_queue::run() noexcept
{
    std::unique_lock lock{mutex_};
    for (;;) {
        work_.wait(lock, [this] { return ending_ || wanted_; });
        if (ending_) break;
        if (!pieces_.empty()) write_one(lock);
        say_what_was_dropped();
        if (!pieces_.empty()) continue;
        wanted_ = false;
        progress_.notify_all();
    }
    ended_ = true;
    progress_.notify_all();
}

console_queue::pieces::iterator console_queue::next() noexcept
{
    // In order, but for a descriptor that nobody reads: it must not keep the other one's records back.
    if (!stalled_ || one_file_) return pieces_.begin();
    auto const found =
        std::ranges::find_if(pieces_, [this](piece const& one) { return one.to != *stalled_; });
    return found != pieces_.end() ? found : pieces_.begin();
}

void console_queue::write_one(std::unique_lock<std::mutex>& lock) noexcept
{
    auto const one = next();
    one->open = false;
    std::string_view const text = one->text; // stays where it is: only this thread touches it now
    lock.unlock();
    auto const [taken, stalled] = outputs_[one->to].write(text, write_patience);
    lock.lock();
    if (stalled) {
        one->text.erase(0, taken);
        bytes_ -= taken;
        stalled_ = one->to;
        return;
    }
    if (stalled_ == one->to) stalled_.reset();
    bytes_ -= text.size() + piece_cost;
    pieces_.erase(one);
}

void console_queue::say_what_was_dropped()
{
    // Not before half of it is free, else a log that is always full would speak of nothing else.
    if (dropped_ == 0 || bytes_ > console_queue_bytes / 2) return;
    try {
        std::string const count = std::to_string(dropped_);
        std::array<std::string_view, 3> const line = {prefix_of(log_level::warning), count,
                                                      " log record(s) found no room and were dropped\n"};
        append(server, line, line[0].size() + line[1].size() + line[2].size());
        dropped_ = 0;
    } catch (std::exception const&) { // no memory: later
    }
}

class console final : public log_sink {
public:
    console(int access_fd, int server_fd) : queue_{std::make_shared<console_queue>(access_fd, server_fd)} {}
    ~console() override;

    void write(log_record const& record) noexcept override { queue_->add(record, is_started()); }
    void flush() noexcept override { queue_->want(); }
    void finish(std::chrono::milliseconds limit) noexcept override;

private:
    bool is_started() noexcept;
    void start();

    std::shared_ptr<console_queue> const queue_;
    std::once_flag once_;
    std::thread thread_;
};

bool console::is_started() noexcept
{
    try {
        std::call_once(once_, [this] { start(); });
        return true;
    } catch (std::exception const&) { // no thread to be had; the next record tries again
        return false;
    }
}

void console::start()
{
    base::signal_blocker const blocked; // SIGPIPE among them: a reader may leave
    thread_ = std::thread{[queue = queue_] { queue->run(); }};
    ::pthread_setname_np(thread_.native_handle(), "serval-log");
}

void console::finish(std::chrono::milliseconds limit) noexcept
{
    if (is_started()) queue_->wait_until_written(limit);
}

console::~console()
{
    if (!thread_.joinable()) return;
    queue_->wait_until_written(last_wait);
    // One that hangs in a write, on a disk that is gone for example, cannot be waited for. It owns what it
    // uses.
    if (queue_->end(2 * write_patience))
        thread_.join();
    else
        thread_.detach();
}

} // namespace

std::shared_ptr<log_sink> make_console_log(int access_fd, int server_fd)
{
    return std::make_shared<console>(access_fd, server_fd);
}

} // namespace serval::base
