// Serves single requests with an app's frozen table, without a connection: what the handler layer does alone.
#pragma once

#include "app/freeze.hpp"
#include "base/thread_pool.hpp"
#include "handler/call_sequence.hpp"
#include "handler/dispatcher.hpp"
#include "handler/request_context.hpp"
#include "http/body_source.hpp"
#include "http/loop_services.hpp"
#include "support/parsed_head.hpp"

#include <serval/app.hpp>
#include <serval/http_error.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace serval::handler {

/// The response to one request, before it is written.
struct answer {
    int status = 0;
    std::string type;
    std::string body;
    serval::headers headers;
    bool failed = false; ///< the 500 of an exception that nobody handled

    std::string field(std::string_view name) const { return std::string{headers.get(name).value_or("")}; }
};

/// A body that has arrived already, or arrives only when it is waited for.
class ready_body final : public http::body_source {
public:
    ready_body(detail::request_context& x, std::string_view bytes, bool late)
        : x_{x},
          bytes_{bytes},
          late_{late}
    {}

    bool read_arrived(std::size_t max_bytes) override
    {
        if (!late_) take(max_bytes);
        return !late_;
    }

    task<void> read_all(std::size_t max_bytes) override
    {
        if (on_read) on_read();
        take(max_bytes);
        co_return;
    }

    std::optional<std::string_view> next_piece(std::size_t max_bytes) override
    {
        if (late_) return std::nullopt;
        if (bytes_.size() > max_bytes) throw http_error(413);
        return std::exchange(bytes_, {});
    }

    task<void> receive() override
    {
        late_ = false;
        co_return;
    }

    /// Called when somebody asks for what has not arrived.
    std::function<void()> on_read;

private:
    void take(std::size_t max_bytes)
    {
        if (bytes_.size() > max_bytes) throw http_error(413);
        x_.state.body = bytes_;
        x_.state.body_read = true;
    }

    detail::request_context& x_;
    std::string_view bytes_;
    bool late_;
};

class served_app {
public:
    using fields = std::vector<std::pair<std::string, std::string>>;

    explicit served_app(app& application) : table_{app_impl::freeze(application)}
    {
        auto& services = boost::asio::make_service<http::loop_services>(context_);
        services.pool = &pool_;
        services.json = &pool_;
    }

    /// Called when an answer is complete and its request still alive.
    std::function<void()> before_reset;
    /// Called when the handler layer waits for the body.
    std::function<void()> on_body_read;
    /// The body arrives only when the handler layer waits for it.
    bool late_body = false;

    answer get(std::string_view target, fields const& headers = {}) { return send("GET", target, headers); }

    answer post(std::string_view target, std::string_view json)
    {
        return send("POST", target, {{"content-type", "application/json"}}, json);
    }

    answer send(std::string_view method, std::string_view target, fields const& headers = {},
                std::string_view body = {}, std::string_view version = "HTTP/1.1\r\nhost: testserver")
    {
        auto const held = std::make_unique<detail::request_context>();
        auto& x = *held;
        std::string head{method};
        head.append(" ").append(target).append(" ").append(version).append("\r\n");
        for (auto const& [name, value] : headers)
            head.append(name).append(": ").append(value).append("\r\n");
        head += "\r\n";
        if (test::parse_head(head, x.state.head) != wire::error::none)
            throw std::invalid_argument("not a request head: " + head);
        ready_body source{x, body, late_body};
        source.on_read = on_body_read;
        x.body = &source;
        current = &x;
        bool done = false;
        context_.restart();
        boost::asio::co_spawn(context_, serve(*table_, x, done), boost::asio::detached);
        context_.run();
        if (!done) throw std::logic_error("the request was never answered");
        answer made{.status = x.answer.status(),
                    .type = std::string{x.answer.content_type()},
                    .body = x.answer.body(),
                    .headers = x.answer.headers(),
                    .failed = x.handler_failed};
        if (before_reset) before_reset();
        x.reset();
        return made;
    }

    boost::asio::io_context& context() noexcept { return context_; }
    base::thread_pool& pool() noexcept { return pool_; }
    /// Of the request that is being served.
    detail::request_context* current = nullptr;

private:
    static task<void> serve(dispatcher const& table, detail::request_context& x, bool& done)
    {
        std::exception_ptr thrown;
        try {
            detail::started_handler running = table.begin(x);
            if (running.valid()) co_await finish(std::move(running));
        } catch (...) {
            thrown = std::current_exception();
        }
        if (thrown) table.answer_exception(x, thrown);
        done = true;
    }

    std::shared_ptr<dispatcher const> table_;
    boost::asio::io_context context_{1};
    base::thread_pool pool_{1, 16}; // after the context: it must be gone first
};

/// The text of the std::invalid_argument that `action` throws; empty when it throws none.
template <class F>
std::string refusal(F action)
{
    try {
        action();
    } catch (std::invalid_argument const& error) {
        return error.what();
    }
    return {};
}

} // namespace serval::handler
