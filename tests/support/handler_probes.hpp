/// What handlers of tests hold, so that the test sees where they are and decides when they go on.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>

namespace serval::test {

/// Holds plain handlers until it is opened.
class gate {
public:
    void wait()
    {
        std::unique_lock lock{mutex_};
        ++waiting_;
        opened_.wait(lock, [this] { return open_; });
    }
    void open()
    {
        std::lock_guard const lock{mutex_};
        open_ = true;
        opened_.notify_all();
    }
    int waited() const
    {
        std::lock_guard const lock{mutex_};
        return waiting_;
    }

private:
    mutable std::mutex mutex_;
    std::condition_variable opened_;
    bool open_ = false;
    int waiting_ = 0;
};

/// Opens a gate at the end of the test, however that comes.
class opened_at_exit {
public:
    explicit opened_at_exit(gate& g) : gate_{g} {}
    ~opened_at_exit() { gate_.open(); }
    opened_at_exit(opened_at_exit const&) = delete;
    opened_at_exit& operator=(opened_at_exit const&) = delete;

private:
    gate& gate_;
};

/// Says that the frame it stands in was left.
class on_exit_flag {
public:
    explicit on_exit_flag(std::atomic<bool>& flag) : flag_{flag} {}
    ~on_exit_flag() { flag_ = true; }
    on_exit_flag(on_exit_flag const&) = delete;
    on_exit_flag& operator=(on_exit_flag const&) = delete;

private:
    std::atomic<bool>& flag_;
};

} // namespace serval::test
