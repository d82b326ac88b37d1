// A request whose response is read piece by piece.
#pragma once

#include "testing/client_exchange.hpp"

#include <serval/testing/streamed_response.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace serval {

namespace testing_impl {

/// Takes bytes from its connection only while a call asks for them: what nobody asks for stays in the stream,
/// where it stops the server's writes.
class stream_exchange final : public client_exchange {
public:
    /// `window`: the bytes that may wait in the stream while nobody asks.
    stream_exchange(std::weak_ptr<test_loop> driver, std::string request, bool is_head, std::size_t window);

    // For one thread at a time. They throw std::runtime_error when the response failed and nothing that came
    // before is left to give, and when patience ends; then they may be called again.

    /// Waits for the head, which is read whether or not anybody asks for it.
    test_response head();
    /// Waits for a piece; nothing at the end.
    std::optional<std::string> next();
    /// Waits for the end; gives what is left. When it throws, the pieces that came stay for the others.
    std::string rest();
    /// The pieces that have arrived; waits for nothing but the loop's thread.
    std::vector<std::string> arrived();
    /// True when `next` would give nothing, and would not wait for that.
    bool ended() const;

    // On the loop's thread.

    std::size_t read(std::string_view arrived, response_reader& reader) override;
    void has_read() override;
    std::size_t window() const override;

private:
    enum class demand : std::uint8_t { none, head, piece, what_arrived, rest };

    void take_rest_of(response_reader& reader) override { take_from(reader); }
    demand standing_demand() const noexcept { return head_ ? demand::none : demand::head; }
    void ask(std::unique_lock<std::mutex>& lock, demand what);
    void post_pull();
    bool wants_bytes() const;
    void take_from(response_reader& reader);
    void throw_if_failed() const;

    std::size_t const window_;
    demand demand_ = demand::head;
    bool answered_ = true; // what the last call asked for
    std::optional<test_response> head_;
    std::deque<std::string> pieces_; // that were read and not given
};

} // namespace testing_impl

struct streamed_response::implementation {
    explicit implementation(std::shared_ptr<testing_impl::stream_exchange> e) : exchange{std::move(e)} {}
    ~implementation() { exchange->disconnect(); }
    implementation(implementation const&) = delete;
    implementation& operator=(implementation const&) = delete;

    std::shared_ptr<testing_impl::stream_exchange> exchange;
    std::optional<test_response> head; // when it was asked for
    std::string text;                  // what next_line has read beyond its line
    std::size_t line_begin = 0;        // in `text`; what is before was given

    test_response const& response_head()
    {
        if (!head) head = exchange->head();
        return *head;
    }

    std::string take_text()
    {
        auto const taken = std::exchange(text, {});
        return taken.substr(std::exchange(line_begin, 0));
    }
};

} // namespace serval
