/// What tests of background tasks share: functions to add, and what they have done.
#pragma once

#include "support/running_server.hpp"

#include <serval/serval.hpp>
#include <serval/testing/manual_clock.hpp>
#include <serval/testing/test_client.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace serval::test {

using steps = std::vector<std::string>;

/// What the tasks of a test have done, in order.
class diary {
public:
    void write(std::string entry)
    {
        std::lock_guard const lock{mutex_};
        entries_.push_back(std::move(entry));
    }
    steps entries() const
    {
        std::lock_guard const lock{mutex_};
        return entries_;
    }

private:
    mutable std::mutex mutex_;
    steps entries_;
};

inline void note(diary* in, std::string const& what)
{
    in->write(what);
}

inline task<void> note_later(diary* in, std::string what, std::chrono::milliseconds after)
{
    co_await sleep_for(after);
    in->write(std::move(what));
}

inline task<void> sleep_and_note(diary* in, std::chrono::seconds duration)
{
    try {
        co_await sleep_for(duration);
        in->write("woke up");
    } catch (...) {
        in->write("cancelled");
        throw;
    }
}

inline void fail(std::string const& why)
{
    throw std::runtime_error(why);
}

/// An app whose tasks write into a diary; one a test.
class background : public testing::Test {
protected:
    serval::settings settings() const
    {
        auto made = test_client::default_settings();
        made.log = log_;
        return made;
    }

    diary diary_;
    app app_;
    manual_clock clock_;
    std::shared_ptr<recording_log> log_ = std::make_shared<recording_log>();
};

} // namespace serval::test
