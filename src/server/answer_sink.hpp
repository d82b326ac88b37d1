// The body of an exchange's answer, as what makes it writes it.
#pragma once

#include "http/body_producer.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace serval::server_impl {

class exchange;

/// Sends what a producer appends, behind a head that goes with its first bytes; holds it to the length that
/// was stated, and has the other connections of the loop take their turn. Its exchange owns it.
class answer_sink final : public http::body_sink {
public:
    /// How much of the answer was written.
    enum class progress : unsigned char { nothing, part, all };

    explicit answer_sink(exchange& of) noexcept : of_{of} {}

    /// As long as this lives, what `producer` makes is sent.
    class opened {
    public:
        opened(answer_sink& sink, detail::body_producer& producer) noexcept : sink_{sink}
        {
            sink.open(producer);
        }
        ~opened() { sink_.producer_ = nullptr; }
        opened(opened const&) = delete;
        opened& operator=(opened const&) = delete;

    private:
        answer_sink& sink_;
    };

    bool is_open() const noexcept { return producer_ != nullptr; }
    /// How much was written; nothing from then on. What failed before any of it has left the process never
    /// was.
    progress take_progress(bool failed);
    /// Somebody else has written all.
    void count_all() noexcept { progress_ = progress::all; }

    std::size_t append(std::string_view bytes) override;
    bool flush_now() override;
    task<void> flush() override;
    void flush_soon() override;
    task<void> let_others() override;
    task<void> send_file(int descriptor, std::uint64_t offset, std::uint64_t count) override;

    /// Ends the body.
    void finish();
    /// Sends a sign of life, if the producer has one and none was sent for 15 s.
    void ping();
    /// True: a part of what the producer gave last has been taken, and the rest has not.
    bool within_piece() const noexcept { return within_piece_; }

private:
    void open(detail::body_producer& producer) noexcept;
    void begin();
    std::size_t counted(std::size_t n);
    void check();
    void spend_on_output() noexcept;
    task<void> wait_for_turn();
    task<void> send_piece(int descriptor, std::uint64_t offset, std::size_t n);

    exchange& of_;
    detail::body_producer* producer_ = nullptr; // null: it is closed
    std::optional<std::uint64_t> left_;         // of the length that the head states
    std::int64_t sent_at_ = 0;
    progress progress_ = progress::nothing;
    bool within_piece_ = false;
};

} // namespace serval::server_impl
