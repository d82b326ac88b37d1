/// A server on a free port of the loopback interface for the length of a test, and a sink for what it logs.
#pragma once

#include "support/raw_client.hpp"

#include <serval/app.hpp>
#include <serval/log.hpp>
#include <serval/server.hpp>
#include <serval/settings.hpp>

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace serval::test {

/// Keeps the messages.
class recording_log final : public log_sink {
public:
    void write(log_record const& record) noexcept override
    {
        std::lock_guard const lock{mutex_};
        messages_.emplace_back(record.message);
    }

    std::size_t count(std::string_view part) const
    {
        std::lock_guard const lock{mutex_};
        std::size_t found = 0;
        for (auto const& one : messages_)
            found += one.find(part) != std::string::npos ? 1 : 0;
        return found;
    }
    bool contains(std::string_view part) const { return count(part) != 0; }
    std::string all() const
    {
        std::lock_guard const lock{mutex_};
        std::string text;
        for (auto const& one : messages_)
            text += one + '\n';
        return text;
    }

private:
    mutable std::mutex mutex_;
    std::vector<std::string> messages_;
};

/// Settings for tests: a free port, a log that nobody sees.
inline settings quiet_settings()
{
    settings made;
    made.port = 0;
    made.log = std::make_shared<recording_log>();
    return made;
}

/// A started server, stopped at once at the end.
class running_server {
public:
    explicit running_server(app& application, settings options = quiet_settings())
        : server_{application, std::move(options)}
    {
        server_.start();
    }

    server* operator->() noexcept { return &server_; }
    raw_client connect(int receive_buffer = 0) const
    {
        return raw_client{server_.port(), "127.0.0.1", receive_buffer};
    }
    /// A request on a connection of its own is answered with 200.
    bool alive() const { return status_of(connect().ask(get("/alive", "Connection: close\r\n"))) == 200; }

private:
    server server_;
};

} // namespace serval::test
