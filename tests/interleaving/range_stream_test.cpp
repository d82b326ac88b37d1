#include "base/sync.hpp"
#include "base/thread_pool.hpp"
#include "handler/response_model.hpp"
#include "http/body_producer.hpp"
#include "http/loop_services.hpp"
#include "interleaving/explorer.hpp"
#include "interleaving/loop.hpp"
#include "model/encode.hpp"

#include <serval/detail/stream_item.hpp>
#include <serval/response.hpp>

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/system/system_error.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

// Streams of models are linked with what is explored, and need what is not: none is sent here.
serval::model::encode_result serval::model::encode(detail::type_table const&, void const*, std::string&,
                                                   encode_style, std::size_t)
{
    throw std::logic_error{"no model is explored"};
}
std::string serval::model::explain(detail::type_table const&, void const*)
{
    throw std::logic_error{"no model is explored"};
}
bool serval::handler::append_declared(std::string&, detail::type_table const&, detail::type_table const&,
                                      void const*, std::size_t)
{
    return true;
}

namespace serval::detail {
namespace {

namespace asio = boost::asio;
using explored::check;
using explored::end_of_task;
using explored::explore;

/// Keeps what comes, and sends nothing.
class kept_body final : public http::body_sink {
public:
    std::size_t append(std::string_view bytes) override
    {
        auto const room = std::min(bytes.size(), std::size_t{65536} - gathered_.size());
        gathered_ += bytes.substr(0, room);
        return room;
    }
    bool flush_now() override
    {
        text += std::exchange(gathered_, {});
        return true;
    }
    task<void> flush() override
    {
        flush_now();
        co_return;
    }
    void flush_soon() override {}
    task<void> let_others() override { co_return; }
    task<void> send_file(int, std::uint64_t, std::uint64_t) override { co_return; }

    std::string text;

private:
    std::string gathered_;
};

struct source_facts {
    int made = 0;
    int destroyed = 0;
    bool used = false;
    std::thread::id destroyed_on;
};

/// Pieces, each in the same place as the one before; then its end, or an exception.
class probed_items final : public item_source {
public:
    probed_items(source_facts& facts, std::vector<std::string> pieces, bool fails = false)
        : facts_{facts},
          pieces_{std::move(pieces)},
          fails_{fails}
    {
        ++facts_.made;
    }
    ~probed_items() override
    {
        check(!facts_.used, "it is destroyed while a thread uses it");
        ++facts_.destroyed;
        facts_.destroyed_on = std::this_thread::get_id();
    }
    std::optional<std::string_view> next() override
    {
        check(!std::exchange(facts_.used, true), "two threads use it");
        explored::step("the range is asked");
        facts_.used = false;
        if (at_ != pieces_.size()) return piece_ = pieces_[at_++];
        if (fails_) throw std::runtime_error{"no more"};
        return std::nullopt;
    }

private:
    source_facts& facts_;
    std::vector<std::string> pieces_;
    bool fails_;
    std::size_t at_ = 0;
    std::string piece_;
};

std::string large(char c)
{
    return std::string(40'000, c);
}

task<void> produce(std::unique_ptr<item_source> items, kept_body& out)
{
    response answer;
    store_range_stream(answer, std::move(items), "text/plain");
    auto const producer = answer.producer();
    co_await producer->produce(out);
    out.flush_now();
}

void expect_all_of(std::vector<std::string> const& pieces)
{
    std::string all;
    for (auto const& piece : pieces)
        all += piece;
    explore({}, [&] {
        explored::loop loop;
        source_facts facts;
        kept_body out;
        end_of_task end;
        loop.spawn(produce(std::make_unique<probed_items>(facts, pieces), out), end);
        loop.turn_until([&end] { return end.times != 0; });
        check(!end.error && out.text == all, "bytes are lost or out of order");
        check(facts.destroyed == 1, "the range was not destroyed");
        check(facts.destroyed_on != std::this_thread::get_id(), "the range was destroyed on the loop");
    });
}

TEST(range_stream_interleaved, sends_every_small_element)
{
    expect_all_of({"a", "b", "c"});
}

TEST(range_stream_interleaved, sends_every_element_when_large_and_small_ones_come_in_turn)
{
    expect_all_of({std::string(20'000, 'a'), large('b'), std::string(20'000, 'c'), large('d')});
}

TEST(range_stream_interleaved, throws_what_the_range_throws_behind_its_elements)
{
    explore({}, [] {
        explored::loop loop;
        source_facts facts;
        kept_body out;
        end_of_task end;
        loop.spawn(
            produce(std::make_unique<probed_items>(facts, std::vector<std::string>{"a", large('b')}, true),
                    out),
            end);
        loop.turn_until([&end] { return end.times != 0; });
        auto const* const e = explored::thrown_as<std::runtime_error>(end.error);
        check(e != nullptr && std::string{e->what()} == "no more", "the exception is lost");
        out.flush_now();
        check(out.text == 'a' + large('b'), "elements are lost");
        check(facts.destroyed == 1, "the range was not destroyed");
    });
}

TEST(range_stream_interleaved, ends_on_the_pool_before_its_stream_when_that_is_cancelled)
{
    std::set<bool> seen;
    explore({.schedules = 30'000}, [&seen] {
        explored::loop loop;
        source_facts facts;
        kept_body out;
        end_of_task end;
        asio::cancellation_signal signal;
        std::vector<std::string> pieces{"a", large('b')};
        loop.spawn(produce(std::make_unique<probed_items>(facts, pieces), out), end, signal.slot());
        base::thread canceller{[&] {
            explored::name_thread("canceller");
            asio::post(loop.context(), [&signal] { signal.emit(asio::cancellation_type::terminal); });
        }};
        loop.turn_until([&end] { return end.times != 0; });
        check(facts.destroyed == 1, "the stream ends before its range");
        check(facts.destroyed_on != std::this_thread::get_id(), "the range was destroyed on the loop");
        canceller.join();
        loop.context().poll();
        check(end.times == 1, "it has ended twice");
        seen.insert(end.error == nullptr);
    });
    EXPECT_EQ(seen.size(), 2U);
}

TEST(range_stream_interleaved, ends_though_the_pool_stops_when_it_is_cancelled)
{
    // At random only: what a stream does whose pool takes no more depends on the real time, too.
    explore({.schedules = 0, .random = 5000}, [] {
        explored::loop loop;
        source_facts facts;
        kept_body out;
        end_of_task end;
        asio::cancellation_signal signal;
        std::vector<std::string> pieces{"a"};
        loop.spawn(produce(std::make_unique<probed_items>(facts, pieces), out), end, signal.slot());
        base::thread stopper{[&] {
            explored::name_thread("stopper");
            loop.pool().stop(explored::for_ever);
            asio::post(loop.context(), [&signal] { signal.emit(asio::cancellation_type::terminal); });
        }};
        loop.turn_until([&end] { return end.times != 0; });
        check(facts.destroyed == 1, "the stream ends before its range");
        stopper.join();
        loop.context().poll();
    });
}

TEST(range_stream_interleaved, destroys_its_range_once_whenever_the_loop_is_destroyed)
{
    source_facts facts;
    explore({}, [&facts] {
        check(facts.made == facts.destroyed, "a range stays behind");
        kept_body out;
        std::size_t left = 0;
        {
            base::thread_pool pool{1, 1};
            asio::io_context context;
            asio::make_service<http::loop_services>(context).pool = &pool;
            std::vector<std::string> pieces{"a", large('b')};
            asio::co_spawn(context, produce(std::make_unique<probed_items>(facts, pieces), out),
                           [](std::exception_ptr) {});
            context.poll();
            explored::step("the loop goes on");
            context.poll();
            left = pool.stop(std::chrono::milliseconds{1});
            explored::step("the loop is destroyed");
        }
        check(left != 0 || facts.made == facts.destroyed, "a range stays behind");
        // A stuck step goes on now.
    });
    EXPECT_EQ(facts.made, facts.destroyed);
}

} // namespace
} // namespace serval::detail
