// A server whose handlers add background tasks, for the tests of both its life and its end.
#pragma once

#include "support/handler_probes.hpp"
#include "support/running_server.hpp"

#include <serval/serval.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>

namespace serval::test {

class background_server : public testing::Test {
public:
    background_server()
    {
        app_.get("/alive", []() -> task<std::string> { co_return "yes"; });
        app_.get("/sleep/{ms}", [this](params::path<"ms", int> ms, background_tasks& tasks) {
            tasks.add(task_options{}.name("sleeper"), &background_server::sleep, this, *ms);
            return "accepted";
        });
        app_.get("/hold", [this](background_tasks& tasks) {
            tasks.add(task_options{}.name("holder"), [this] {
                gate_.wait();
                ++ended_;
            });
            return "accepted";
        });
        app_.get("/large", [this](background_tasks& tasks) {
            tasks.add([this] { ++ended_; });
            return std::string(64 << 20, 'x');
        });
    }

    task<void> sleep(int ms)
    {
        ++begun_;
        co_await sleep_for(std::chrono::milliseconds(ms));
        ++ended_;
    }

    serval::settings settings() const
    {
        auto made = quiet_settings();
        made.log = log_;
        return made;
    }

    static bool no_tasks(running_server& one)
    {
        return eventually([&] {
            auto const now = one->stats().background;
            return now.queued == 0 && now.running == 0;
        });
    }

    std::atomic<int> begun_{0};
    std::atomic<int> ended_{0};
    gate gate_;
    app app_;
    std::shared_ptr<recording_log> log_ = std::make_shared<recording_log>();
};

} // namespace serval::test
