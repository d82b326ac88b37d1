#include "base/byte_channel.hpp"
#include "base/sync.hpp"
#include "interleaving/explorer.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <exception>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace serval::base {
namespace {

using explored::check;
using explored::explore;

class remembering_waker final : public channel_waker {
public:
    void wake() noexcept override
    {
        std::lock_guard const lock{mutex_};
        check(!std::exchange(woken_, true), "a consumer that was woken already is woken again");
        changed_.notify_one();
    }
    void wait()
    {
        std::unique_lock lock{mutex_};
        changed_.wait(lock, [this] { return woken_; });
        woken_ = false;
    }

private:
    base::mutex mutex_;
    base::condition_variable changed_;
    bool woken_ = false;
};

/// Pieces, each in the same place as the one before.
class source {
public:
    explicit source(std::vector<std::string> pieces, bool fails = false)
        : pieces_{std::move(pieces)},
          fails_{fails}
    {}
    ~source() { check(!used_, "it is destroyed while its producer uses it"); }
    source(source const&) = delete;
    source& operator=(source const&) = delete;

    /// Fills `channel` until that has enough.
    void produce(byte_channel& channel)
    {
        check(!std::exchange(used_, true), "two threads use it");
        while (next(channel)) {
        }
        used_ = false;
    }
    std::string text() const
    {
        std::string all;
        for (auto const& piece : pieces_)
            all += piece;
        return all;
    }

private:
    bool next(byte_channel& channel)
    {
        if (ended_ || channel.stopped()) return false;
        if (at_ != pieces_.size()) {
            piece_.assign(pieces_[at_++]);
            return channel.put(piece_);
        }
        ended_ = true;
        channel.end(fails_ ? std::make_exception_ptr(std::runtime_error{"failed"}) : nullptr);
        return false;
    }

    std::vector<std::string> pieces_;
    bool fails_;
    std::size_t at_ = 0;
    std::string piece_ = std::string(byte_channel::enough, '-'); // whose memory stays
    bool used_ = false;
    bool ended_ = false;
};

/// A consumer on the thread "main", whose producer works on a thread of its own after each start.
class stream {
public:
    explicit stream(std::vector<std::string> pieces, bool fails = false)
        : source_{std::make_unique<source>(std::move(pieces), fails)}
    {}
    ~stream()
    {
        for (auto& t : threads_)
            t.join();
    }

    void start()
    {
        if (channel_.start()) work([this] { source_->produce(channel_); });
    }
    /// False: the last one has been taken.
    bool take()
    {
        auto got = channel_.take();
        received += got.bytes;
        received += got.lent;
        check(!got.error || (got.ended && !error), "an error that is no end, or comes twice");
        if (got.error) error = got.error;
        return !got.ended;
    }
    void wait()
    {
        if (channel_.wait()) waker_.wait();
    }
    void take_all()
    {
        for (start(); take(); wait())
            start();
    }
    /// As a stream does that ends early: the source ends on a thread of the producer.
    void stop()
    {
        channel_.stop();
        rest();
        channel_.start_to_end();
        work([this] { source_.reset(); });
        rest();
        check(source_ == nullptr, "it does not rest");
    }
    std::string text() const { return source_->text(); }

    std::string received;
    std::exception_ptr error;

private:
    template <class F>
    void work(F what)
    {
        threads_.emplace_back([this, what] {
            explored::name_thread("producer");
            what();
            channel_.leave();
        });
    }
    void rest()
    {
        while (channel_.wait_for_rest())
            waker_.wait();
    }

    remembering_waker waker_;
    byte_channel channel_{waker_};
    std::unique_ptr<source> source_;
    std::vector<thread> threads_;
};

std::string large(char c)
{
    return std::string(byte_channel::enough + 1, c);
}

void expect_all_of(std::vector<std::string> const& pieces, bool fails = false)
{
    explore({.preemptions = pieces.size() < 4 ? 3U : 2U}, [&pieces, fails] {
        stream s{pieces, fails};
        auto const text = s.text();
        s.take_all();
        check(s.received == text, "bytes are lost or out of order");
        check((s.error != nullptr) == fails, "the error is lost");
    });
}

TEST(byte_channel_interleaved, loses_no_small_piece)
{
    expect_all_of({"a", "b", "c"});
}

TEST(byte_channel_interleaved, loses_no_large_piece)
{
    expect_all_of({large('a'), large('b')});
}

TEST(byte_channel_interleaved, loses_nothing_when_small_and_large_pieces_come_in_turn)
{
    expect_all_of({"a", large('b'), "c", large('d')});
}

TEST(byte_channel_interleaved, loses_nothing_where_small_pieces_fill_it)
{
    expect_all_of({std::string(byte_channel::enough - 1, 'a'), "b", "c", large('d')});
}

TEST(byte_channel_interleaved, lets_empty_pieces_pass)
{
    expect_all_of({"", "a", "", large('b'), ""});
}

TEST(byte_channel_interleaved, says_its_end_when_there_are_no_pieces)
{
    expect_all_of({});
}

TEST(byte_channel_interleaved, gives_an_error_once_and_behind_all_pieces)
{
    expect_all_of({"a", large('b')}, true);
}

TEST(byte_channel_interleaved, gives_what_is_there_while_its_source_waits)
{
    explore({.preemptions = 3}, [] {
        remembering_waker waker;
        byte_channel channel{waker};
        remembering_waker taken; // tells the source
        check(channel.start(), "it does not rest");
        thread producer{[&] {
            channel.put("a");
            taken.wait();
            channel.end(nullptr);
            channel.leave();
        }};
        std::string received;
        for (;;) {
            auto const got = channel.take();
            if (received.empty() && !got.bytes.empty()) taken.wake();
            received += got.bytes;
            if (got.ended) break;
            if (channel.wait()) waker.wait();
        }
        producer.join();
        check(received == "a", "it gives something else");
    });
}

TEST(byte_channel_interleaved, is_stopped_before_anything_is_taken)
{
    explore({.preemptions = 3}, [] {
        stream s{{"a", large('b'), "c"}};
        s.start();
        s.stop();
    });
}

TEST(byte_channel_interleaved, is_stopped_after_something_was_taken)
{
    explore({.preemptions = 3}, [] {
        stream s{{"a", large('b'), "c"}};
        s.start();
        s.wait();
        s.take();
        s.start();
        s.stop();
    });
}

TEST(byte_channel_interleaved, is_stopped_while_its_source_fails)
{
    explore({.preemptions = 3}, [] {
        stream s{{"a"}, true};
        s.start();
        s.wait();
        s.stop();
    });
}

} // namespace
} // namespace serval::base
