/// One client of a life: a connection that sends, reads and leaves as its plan says, without blocking.
#pragma once

#include "answer.hpp"
#include "plan.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace chaos {

using steady = std::chrono::steady_clock;

/// Where the server listens.
struct address {
    std::uint16_t port = 0;
    std::string unix_path; ///< if not empty
};

enum class outcome : std::uint8_t {
    not_sent,  ///< or not all of it
    no_answer, ///< not a byte of it
    broken,    ///< visibly
    whole,
};

struct request_result {
    chaos::outcome outcome = outcome::not_sent;
    int status = 0;
    bool reset = false; ///< this is how it ended
};

/// What a client needs to know of the life around it.
struct surroundings {
    life_plan const* plan;
    address where;
    steady::time_point start;
};

class client {
public:
    client(client_plan const& plan, surroundings const& around);
    ~client();
    client(client const&) = delete;
    client& operator=(client const&) = delete;

    /// What may be done at `now`. `final`: the server has stopped; what is left is read.
    void advance(steady::time_point now, bool final);
    /// Leaves, whatever there is to come.
    void abandon();
    bool done() const noexcept { return done_; }
    int descriptor() const noexcept { return fd_; }
    /// What poll() is to wait for.
    short events(steady::time_point now, bool final) const;

    std::size_t received() const noexcept { return received_; }
    client_plan const& plan() const noexcept { return plan_; }
    std::vector<request_result> const& results() const noexcept { return results_; }
    /// True when it ended by itself, before the server did.
    bool left() const noexcept { return left_; }

private:
    void open();
    void close(bool reset);
    bool may_read(steady::time_point now, bool final) const;
    bool may_send(steady::time_point now) const;
    void send_some(steady::time_point now);
    void sent_all();
    void read_some(steady::time_point now, bool final);
    void take_answers();
    void on_end(bool reset);
    void queue_requests();
    std::size_t sendable() const noexcept;

    client_plan const& plan_;
    surroundings const& around_;
    int fd_ = -1;
    bool done_ = false;
    bool left_ = false;
    bool half_closed_ = false;
    bool closing_ = false; // the server has said that it closes
    std::string out_;
    std::size_t sent_ = 0;
    std::size_t queued_ = 0; // requests that out_ has, or had
    std::size_t received_ = 0;
    std::string in_;
    std::size_t answered_ = 0; // the request whose answer comes next
    answer_reader reader_;
    std::vector<request_result> results_;
    steady::time_point next_send_{};
    steady::time_point next_read_{};
};

} // namespace chaos
