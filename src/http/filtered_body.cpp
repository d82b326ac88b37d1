#include "http/filtered_body.hpp"

#include "http/append_file.hpp"
#include "http/body_producer.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <utility>

namespace serval::http {

namespace {

constexpr int partial_content = 206;

/// Stands between a producer and the sink of the connection.
class filtered_sink final : public body_sink {
public:
    filtered_sink(body_sink& to, body_filter& filter) noexcept : to_{to}, filter_{filter} {}

    std::size_t append(std::string_view bytes) override
    {
        if (bytes.empty() || !hand_on()) return 0;
        bytes = bytes.substr(0, most_at_a_time);
        filter_.transform(bytes, waiting_);
        hand_on();
        return bytes.size();
    }
    bool flush_now() override
    {
        filter_.flush(waiting_);
        return hand_on() && to_.flush_now();
    }
    task<void> flush() override
    {
        filter_.flush(waiting_);
        co_await hand_all_on();
        co_await to_.flush();
    }
    void flush_soon() override
    {
        filter_.flush(waiting_);
        hand_on();
        to_.flush_soon();
    }
    task<void> let_others() override { return to_.let_others(); }
    task<void> send_file(int descriptor, std::uint64_t offset, std::uint64_t count) override
    {
        return append_file(*this, descriptor, offset, count);
    }

    task<void> finish()
    {
        filter_.finish(waiting_);
        co_await hand_all_on();
    }

private:
    static constexpr std::size_t most_at_a_time = 64 * 1024;

    /// False: some is left, until the sink below was flushed.
    bool hand_on()
    {
        while (handed_on_ != waiting_.size()) {
            auto const n = to_.append(std::string_view{waiting_}.substr(handed_on_));
            if (n == 0) return false;
            handed_on_ += n;
        }
        waiting_.clear();
        handed_on_ = 0;
        return true;
    }
    task<void> hand_all_on()
    {
        while (!hand_on())
            co_await to_.flush();
    }

    body_sink& to_;
    body_filter& filter_;
    std::string waiting_; // transformed, and not handed on from `handed_on_`
    std::size_t handed_on_ = 0;
};

class filtered_producer final : public detail::body_producer,
                                public std::enable_shared_from_this<filtered_producer> {
public:
    filtered_producer(std::shared_ptr<detail::body_producer> from,
                      std::unique_ptr<body_filter> filter) noexcept
        : from_{std::move(from)},
          filter_{std::move(filter)}
    {}

    task<void> prepare(request const& asked, response& answer) override
    {
        task<void> preparing = from_->prepare(asked, answer);
        return finish_preparing(std::move(preparing), answer);
    }
    task<void> produce(body_sink& out) override
    {
        if (!filter_) throw std::logic_error("a filtered body was sent before");
        auto const filter = std::exchange(filter_, nullptr);
        filtered_sink through(out, *filter);
        struct scope {
            body_filter*& at;
            ~scope() { at = nullptr; }
        } const pings{pinged_};
        pinged_ = filter.get();
        co_await from_->produce(through);
        co_await through.finish();
    }
    std::string_view ping() override
    {
        if (pinged_ == nullptr) return {};
        auto const plain = from_->ping();
        ping_.clear();
        if (plain.empty()) return {};
        pinged_->transform(plain, ping_);
        pinged_->flush(ping_);
        return ping_;
    }

private:
    /// The producer may have taken itself out of the answer, or put another one there.
    task<void> finish_preparing(task<void> preparing, response& answer)
    {
        if (preparing.valid()) co_await std::move(preparing);
        if (!answer.streamed()) co_return;
        if (answer.producer().get() != this) from_ = answer.producer();
        bool const whole = answer.status() != partial_content;
        if (whole && filter_ && filter_->begin(answer)) {
            answer.content_length(std::nullopt);
            answer.producer(shared_from_this());
        } else {
            answer.producer(from_);
        }
    }

    std::shared_ptr<detail::body_producer> from_;
    std::unique_ptr<body_filter> filter_; // null: it was used
    body_filter* pinged_ = nullptr;       // while it is
    std::string ping_;
};

} // namespace

void filter_body(response& answer, std::unique_ptr<body_filter> filter)
{
    auto from = answer.producer();
    if (!from || from->upgrade() != nullptr) return;
    answer.producer(std::make_shared<filtered_producer>(std::move(from), std::move(filter)));
}

} // namespace serval::http
