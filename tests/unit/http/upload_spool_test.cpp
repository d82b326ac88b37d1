#include "file_loop.hpp"
#include "http/upload_spool.hpp"
#include "support/process_facts.hpp"
#include "support/scratch.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>
#include <gtest/gtest.h>

#include <latch>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>

namespace serval::http {
namespace {

namespace asio = boost::asio;

class upload_spool_test : public testing::Test {
protected:
    std::string content(upload_spool& spool)
    {
        auto upload = spool.finish("f", {}, {});
        return upload.read_all_blocking();
    }

    test::file_loop loop_;
    test::temp_directory directory_;
    std::size_t const descriptors_ = test::descriptor_count();
};

// Keeps the file pool's only thread until it is let go.
class blocker final : public base::thread_pool::job {
public:
    explicit blocker(base::thread_pool& pool)
    {
        pool.submit(*this);
        entered_.wait();
    }
    void let_go() { opened_.count_down(); }
    void run() noexcept override
    {
        entered_.count_down();
        opened_.wait();
        left_.count_down();
    }
    ~blocker() { left_.wait(); }

private:
    std::latch entered_{1};
    std::latch opened_{1};
    std::latch left_{1};
};

TEST_F(upload_spool_test, stays_in_memory_up_to_the_threshold)
{
    upload_spool spool{directory_.text(), 10};
    EXPECT_TRUE(spool.append_in_memory("01234"));
    EXPECT_TRUE(spool.append_in_memory("56789"));
    EXPECT_TRUE(spool.append_in_memory(""));
    EXPECT_FALSE(spool.append_in_memory("x"));
    EXPECT_EQ(spool.size(), 10U);
    EXPECT_FALSE(spool.on_disk());
    EXPECT_EQ(test::descriptor_count(), descriptors_);
    EXPECT_EQ(content(spool), "0123456789");
}

TEST_F(upload_spool_test, keeps_a_mebibyte_in_memory_by_default)
{
    upload_spool spool{directory_.text()};
    EXPECT_TRUE(spool.append_in_memory(std::string(1024 * 1024, 'x')));
    EXPECT_FALSE(spool.append_in_memory("x"));
}

constexpr std::size_t small = upload_spool::always_in_memory;

TEST_F(upload_spool_test, stays_in_memory_as_far_as_the_form_has_any)
{
    auto const server = std::make_shared<memory_budget>(10 * small);
    form_memory form{5 * small, server};
    upload_spool first{directory_.text(), 3 * small, &form};
    EXPECT_TRUE(first.append_in_memory(std::string(3 * small, 'a')));
    upload_spool second{directory_.text(), 3 * small, &form};
    EXPECT_TRUE(second.append_in_memory(std::string(small + 1, 'b')));
    EXPECT_TRUE(second.append_in_memory(std::string(small - 1, 'b')))
        << "not twice as much, but all there is";
    EXPECT_FALSE(second.append_in_memory("x"));
    EXPECT_EQ(server->used(), 5 * small);
    EXPECT_EQ(content(first), std::string(3 * small, 'a'));
}

TEST_F(upload_spool_test, goes_to_a_file_when_the_form_has_no_memory)
{
    form_memory form{0, nullptr};
    upload_spool spool{directory_.text(), 3 * small, &form};
    EXPECT_FALSE(spool.append_in_memory(std::string(small + 1, 'a')));
    loop_.run(spool.append(std::string(small + 1, 'a')));
    EXPECT_TRUE(spool.on_disk());
    EXPECT_EQ(content(spool), std::string(small + 1, 'a'));
}

TEST_F(upload_spool_test, keeps_what_is_small_in_memory_though_the_form_has_none)
{
    auto const server = std::make_shared<memory_budget>(0);
    form_memory form{0, server};
    {
        upload_spool spool{directory_.text(), 3 * small, &form};
        EXPECT_TRUE(spool.append_in_memory("a"));
        EXPECT_EQ(server->used(), 1U);
        EXPECT_TRUE(spool.append_in_memory(std::string(small - 1, 'b')));
        EXPECT_EQ(server->used(), small);
        EXPECT_FALSE(spool.append_in_memory("x"));
        loop_.run(spool.append("x"));
        EXPECT_EQ(server->used(), 0U);
        EXPECT_FALSE(form.grow(*std::make_unique<memory_share>(form.begin()), 1)) << "none was made of it";
    }
    upload_spool lower{directory_.text(), 10, &form};
    EXPECT_FALSE(lower.append_in_memory(std::string(11, 'a')));
    EXPECT_EQ(test::descriptor_count(), descriptors_);
}

TEST_F(upload_spool_test, does_not_copy_all_for_each_byte_when_the_form_has_little_left)
{
    form_memory form{6 * small, nullptr};
    upload_spool spool{directory_.text(), 100 * small, &form};
    std::size_t grown = 0;
    for (std::size_t i = 0, held = 0; i != 6 * small; ++i) {
        ASSERT_TRUE(spool.append_in_memory("x")) << i;
        if (std::exchange(held, spool.memory_held()) != spool.memory_held()) ++grown;
    }
    EXPECT_LT(grown, 25U);
    EXPECT_FALSE(spool.append_in_memory("x"));
}

TEST_F(upload_spool_test, gives_its_memory_back_with_the_last_copy_and_when_it_goes_to_a_file)
{
    auto const server = std::make_shared<memory_budget>(100);
    form_memory form{100, server};
    {
        upload_spool spool{directory_.text(), 100, &form};
        EXPECT_TRUE(spool.append_in_memory(std::string(60, 'a')));
        loop_.run(spool.append(std::string(60, 'b')));
        EXPECT_EQ(server->used(), 0U);
    }
    std::optional<upload_file> kept;
    {
        upload_spool spool{directory_.text(), 100, &form};
        EXPECT_TRUE(spool.append_in_memory(std::string(100, 'a'))) << "the file gave it back to the form";
        kept = spool.finish("f", {}, {});
    }
    EXPECT_EQ(server->used(), 100U);
    kept.reset();
    EXPECT_EQ(server->used(), 0U);
}

TEST_F(upload_spool_test, gathers_small_pieces_for_the_file)
{
    upload_spool spool{directory_.text(), 10};
    std::string expected(20, 'a');
    loop_.run(spool.append(expected));
    for (std::size_t i = 0; i != upload_spool::gathered_bytes; ++i) {
        char const piece = static_cast<char>('a' + i % 26);
        ASSERT_TRUE(spool.append_in_memory({&piece, 1})) << i;
        expected += piece;
    }
    EXPECT_FALSE(spool.append_in_memory("x"));
    loop_.run(spool.append("x"));
    EXPECT_TRUE(spool.is_flushed());
    EXPECT_TRUE(spool.append_in_memory("yz"));
    EXPECT_EQ(spool.size(), expected.size() + 3);
    EXPECT_LE(spool.memory_held(), upload_spool::gathered_bytes);
    loop_.run(spool.flush());
    EXPECT_EQ(content(spool), expected + "xyz");
}

TEST_F(upload_spool_test, goes_to_a_file_beyond_it_and_releases_the_memory)
{
    upload_spool spool{directory_.text(), 10};
    EXPECT_TRUE(spool.append_in_memory("01234"));
    loop_.run(spool.append("56789abc"));
    EXPECT_TRUE(spool.on_disk());
    EXPECT_EQ(spool.size(), 13U);
    EXPECT_TRUE(directory_.names().empty());
    EXPECT_EQ(test::descriptor_count(), descriptors_ + 1);
    EXPECT_EQ(spool.memory_held(), 0U);
    loop_.run(spool.append("de"));
    EXPECT_FALSE(spool.is_flushed());
    loop_.run(spool.flush());
    EXPECT_EQ(content(spool), "0123456789abcde");
    EXPECT_EQ(test::descriptor_count(), descriptors_);
}

TEST_F(upload_spool_test, gathers_pieces_of_any_size)
{
    for (std::size_t const piece : {1U, 7U, 64U, 4096U}) {
        upload_spool spool{directory_.text(), 1000};
        std::string sent;
        while (sent.size() < 5000) {
            std::string const bytes(piece, static_cast<char>('a' + sent.size() % 26));
            loop_.run(spool.append(bytes));
            sent += bytes;
        }
        EXPECT_EQ(spool.size(), sent.size());
        loop_.run(spool.flush());
        EXPECT_EQ(content(spool), sent);
    }
}

TEST_F(upload_spool_test, does_not_touch_the_loop_while_it_writes)
{
    upload_spool spool{directory_.text(), 0};
    test::outcome out;
    asio::cancellation_signal signal;
    blocker one{loop_.files()};
    loop_.start(spool.append("x"), out, signal);
    EXPECT_FALSE(out.ended); // and the loop is here
    one.let_go();
    loop_.finish();
    EXPECT_TRUE(out.ended);
    EXPECT_FALSE(out.error);
}

TEST_F(upload_spool_test, drops_a_write_that_is_cancelled_before_its_turn)
{
    {
        upload_spool spool{directory_.text(), 0};
        test::outcome out;
        asio::cancellation_signal signal;
        blocker one{loop_.files()};
        loop_.start(spool.append("x"), out, signal);
        signal.emit(asio::cancellation_type::terminal);
        loop_.finish();
        ASSERT_TRUE(out.ended);
        try {
            std::rethrow_exception(out.error);
        } catch (boost::system::system_error const& error) {
            EXPECT_EQ(error.code(), asio::error::operation_aborted);
        }
        EXPECT_EQ(loop_.files().queued(), 0U);
        EXPECT_EQ(spool.size(), 0U);
        one.let_go();
    }
    EXPECT_EQ(test::descriptor_count(), descriptors_);
}

TEST_F(upload_spool_test, holds_the_coroutine_until_a_cancelled_write_has_ended)
{
    // Whichever comes first, the write's end or the cancellation: nothing is freed under the thread.
    for (int i = 0; i != 50; ++i) {
        upload_spool spool{directory_.text(), 0};
        auto bytes = std::make_unique<std::string>(256 * 1024, 'x');
        test::outcome out;
        asio::cancellation_signal signal;
        loop_.start(spool.append(*bytes), out, signal);
        signal.emit(asio::cancellation_type::terminal);
        loop_.finish();
        EXPECT_TRUE(out.ended);
        bytes.reset();
    }
    EXPECT_EQ(test::descriptor_count(), descriptors_);
}

TEST_F(upload_spool_test, closes_its_file_on_the_pool_because_a_large_one_takes_long)
{
    auto const pool = std::make_shared<base::thread_pool>(1, base::thread_pool::unbounded);
    asio::use_service<loop_services>(loop_.context()).files = pool.get();
    {
        upload_spool spool{directory_.text(), 0};
        loop_.run(spool.append("x"));
        blocker one{*pool};
        {
            auto const upload = spool.finish("f", {}, {});
        }
        EXPECT_EQ(test::descriptor_count(), descriptors_ + 1);
        EXPECT_EQ(pool->queued(), 1U);
        one.let_go();
    }
    while (pool->queued() + pool->running() != 0)
        std::this_thread::yield();
    EXPECT_EQ(test::descriptor_count(), descriptors_);
}

TEST_F(upload_spool_test, closes_its_file_at_once_when_the_pool_has_stopped_or_is_gone)
{
    for (bool const gone : {false, true}) {
        auto pool = std::make_shared<base::thread_pool>(1, base::thread_pool::unbounded);
        asio::use_service<loop_services>(loop_.context()).files = pool.get();
        upload_spool spool{directory_.text(), 0};
        loop_.run(spool.append("x"));
        pool->stop(std::chrono::milliseconds::max());
        if (gone) pool.reset();
        EXPECT_EQ(test::descriptor_count(), descriptors_ + 1);
        {
            auto upload = spool.finish("f", {}, {});
            EXPECT_EQ(upload.read_all_blocking(), "x");
        }
        EXPECT_EQ(test::descriptor_count(), descriptors_);
    }
}

TEST_F(upload_spool_test, fails_with_507_where_there_is_no_directory)
{
    {
        upload_spool spool{directory_.text() + "/none", 3};
        EXPECT_TRUE(spool.append_in_memory("abc"));
        try {
            loop_.run(spool.append("d"));
            ADD_FAILURE() << "nothing was thrown";
        } catch (storage_error const& error) {
            EXPECT_EQ(error.status(), 507);
            EXPECT_EQ(error.code(), std::errc::no_such_file_or_directory);
        }
    }
    EXPECT_EQ(test::descriptor_count(), descriptors_);
}

TEST_F(upload_spool_test, fails_with_507_on_a_full_disk_and_leaves_nothing)
{
    test::small_disk const disk;
    if (!disk) GTEST_SKIP() << "may not mount a file system";
    {
        upload_spool spool{disk.directory().text(), 1000};
        std::string const bytes(300'000, 'x');
        int status = 0;
        for (int i = 0; i != 10 && status == 0; ++i) {
            try {
                loop_.run(spool.append(bytes));
            } catch (storage_error const& error) {
                status = error.status();
                EXPECT_EQ(error.code(), std::errc::no_space_on_device);
            }
        }
        EXPECT_EQ(status, 507);
        EXPECT_TRUE(disk.directory().names().empty());
    }
    EXPECT_EQ(disk.used(), 0U);
    EXPECT_EQ(test::descriptor_count(), descriptors_);
}

} // namespace
} // namespace serval::http
