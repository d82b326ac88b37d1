/// A client that speaks bytes: it sends what a test gives it, in pieces, and reads answers strictly.
#pragma once

#include "testing/response_reader.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace serval::test {

/// A blocking stream socket with TCP_NODELAY. Everything that waits gives up after `patience`.
class raw_client {
public:
    static constexpr std::chrono::milliseconds patience{10'000};

    /// How a connection came to its end, or that it did not.
    enum class ending { open, closed, reset };

    /// Connects; throws std::system_error. `receive_buffer` bounds what the kernel takes for a client that
    /// does not read; 0 leaves it alone.
    explicit raw_client(std::uint16_t port, std::string const& host = "127.0.0.1", int receive_buffer = 0);
    /// Connects to a Unix socket.
    explicit raw_client(std::string const& path);
    raw_client(raw_client&& other) noexcept;
    raw_client& operator=(raw_client&& other) noexcept;
    ~raw_client() { close(); }

    /// Sends all of `bytes`. False when the server no longer takes them.
    bool send(std::string_view bytes);
    /// Sends what the kernel takes without waiting; 0 when it takes nothing or the connection is gone.
    std::size_t send_some(std::string_view bytes);

    /// The next final answer; nothing when it is malformed or the connection ends first. `head_request`: it
    /// has no body.
    std::optional<test_response> read_answer(bool head_request = false);
    /// `send`, then `read_answer`.
    std::optional<test_response> ask(std::string_view bytes);
    /// Bytes up to and including `mark`, or all there were.
    std::string read_until(std::string_view mark);
    /// All bytes until the end of the stream.
    std::string read_to_end();
    /// Reads and drops until the connection ends or `limit` has passed, and says how it ended.
    ending wait_for_end(std::chrono::milliseconds limit = patience);
    /// True when nothing is to be read for now: neither bytes nor the end.
    bool silent(std::chrono::milliseconds duration = std::chrono::milliseconds{0});

    void half_close();
    /// Closes with RST.
    void reset();
    void close();

    std::uint16_t local_port() const;
    /// Why the last `read_answer` gave nothing.
    std::string const& problem() const noexcept { return problem_; }

private:
    bool receive(std::chrono::milliseconds limit);

    int socket_ = -1;
    std::string received_; // and not consumed
    ending ending_ = ending::open;
    std::string problem_;
};

/// The field called `name` of an answer, in lower case; empty when it is not there.
std::string field(test_response const& answer, std::string_view name);
/// The status, or 0 when there is no answer.
int status_of(std::optional<test_response> const& answer);

/// "GET target HTTP/1.1" with a Host and, if any, `fields`, each ended by CRLF.
std::string get(std::string_view target, std::string_view fields = {});

/// Looks every 2 ms whether `condition` holds; gives up after `limit`.
template <class F>
bool eventually(F&& condition, std::chrono::milliseconds limit = std::chrono::milliseconds{5'000});

} // namespace serval::test

#include <thread>

template <class F>
bool serval::test::eventually(F&& condition, std::chrono::milliseconds limit)
{
    auto const end = std::chrono::steady_clock::now() + limit;
    while (!condition()) {
        if (std::chrono::steady_clock::now() >= end) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds{2});
    }
    return true;
}
