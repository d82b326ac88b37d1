// A bounded channel of bytes, from a thread to a loop.
#pragma once

#include "base/sync.hpp"

#include <cstddef>
#include <exception>
#include <string>
#include <string_view>

namespace serval::base {

/// Told from a channel's producing thread that its consumer need not wait any longer.
class channel_waker {
public:
    /// Called without a lock, perhaps late: the consumer may have gone on meanwhile.
    virtual void wake() noexcept = 0;

protected:
    ~channel_waker() = default;
};

/// Bytes from one producer, which works on one thread at a time, to one consumer.
///
/// The producer rests, works from a `start` that was granted until `leave`, and has ended after `end`. While
/// it works it puts pieces, until `put` says that this is enough for now. Small pieces are copied; one of
/// `enough` bytes or more is lent, in place: it is offered by `put`, taken by `take`, and given back by the
/// consumer's next `start`, before which the producer does not work. So nothing is overwritten that was not
/// taken: a `start` between the offer and its `take` is refused.
///
/// The consumer takes, starts the producer again, and waits only when there is nothing to take and the
/// producer works: whatever ends that state wakes it, once. A consumer that wants no more stops the channel
/// and waits for the producer's rest, before which it lets nothing go that the producer uses. All state
/// changes under one mutex.
class byte_channel {
public:
    /// What the producer gathers before it rests, and from where on a piece is lent: twice this waits at
    /// most.
    static constexpr std::size_t enough = 32 * 1024;

    explicit byte_channel(channel_waker& consumer) noexcept : consumer_{&consumer} {}
    byte_channel(byte_channel const&) = delete;
    byte_channel& operator=(byte_channel const&) = delete;

    // The consumer's.

    /// True: the producer is to work now, which the caller sees to. False: it works, it has ended, or what it
    /// offers must be taken first.
    bool start() noexcept;

    struct taken {
        std::string bytes;
        std::string_view lent;    ///< behind `bytes`; valid until the next `start`
        bool ended = false;       ///< nothing comes after this
        std::exception_ptr error; ///< why it has ended, if by an exception
    };
    taken take() noexcept;

    /// True: there is nothing to take and the producer works; it will wake the consumer. False: look again.
    bool wait() noexcept;
    /// The producer is to leave as soon as it can: nothing more will be taken.
    void stop() noexcept;
    /// True: the producer works; it will wake the consumer when it leaves. False: it rests.
    bool wait_for_rest() noexcept;
    /// The producer, which rests, is to work once more, to clean up.
    void start_to_end() noexcept;

    // The producer's, while it works.

    /// False: enough for now, `leave`. An empty piece is none. Throws std::bad_alloc.
    bool put(std::string_view bytes);
    /// Nothing more comes: the source has ended or, with `error`, failed.
    void end(std::exception_ptr error) noexcept;
    bool stopped() const noexcept;
    /// The last call before the producer rests: from now on it may be started again, on another thread.
    void leave() noexcept;

private:
    channel_waker* const consumer_;
    mutable base::mutex mutex_; // of what follows
    std::string gathered_;
    std::string_view lent_;
    std::exception_ptr error_;
    bool working_ = false;
    bool waiting_ = false;
    bool ended_ = false;
    bool stopped_ = false;
};

} // namespace serval::base
