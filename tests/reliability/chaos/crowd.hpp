/// All clients of a life, on threads of their own.
#pragma once

#include "client.hpp"

#include <atomic>
#include <deque>
#include <thread>
#include <vector>

namespace chaos {

class crowd {
public:
    crowd(life_plan const& plan, address where);
    ~crowd();
    crowd(crowd const&) = delete;
    crowd& operator=(crowd const&) = delete;

    /// The server has stopped: clients read what is left, to the end. Returns when they have ended.
    void finish();

    /// After `finish`.
    std::deque<client> const& clients() const noexcept { return clients_; }
    steady::time_point start() const noexcept { return around_.start; }

private:
    static constexpr std::size_t threads_max = 2;

    void run(std::size_t part);

    surroundings around_;
    std::deque<client> clients_;
    std::atomic<bool> final_{false};
    std::vector<std::thread> threads_;
};

} // namespace chaos
