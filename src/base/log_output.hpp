// A descriptor that a log is written to, without waiting longer than asked.
#pragma once

#include <chrono>
#include <cstddef>
#include <string_view>

namespace serval::base {

/// Writes to a descriptor whose mode it leaves alone: other processes may share it.
///
/// Its caller blocks SIGPIPE. Used by one thread.
class log_output {
public:
    /// What became of a text.
    struct outcome {
        std::size_t taken; ///< bytes that need not be written again
        bool stalled;      ///< the rest waits for a reader; else all was taken
    };

    /// Does not own `descriptor`, which may be invalid.
    explicit log_output(int descriptor) noexcept;

    /// Writes `text`, and waits up to `patience` each time that nothing is taken. What can never be written,
    /// since the reader has gone or the disk is full, counts as taken.
    ///
    /// Into pipes and terminals it writes 4 KiB at most at a time, whole lines where they fit, after the
    /// system has said that there is room: so a write waits only where another process is quicker to fill it.
    /// Files are written to at once.
    outcome write(std::string_view text, std::chrono::milliseconds patience) const noexcept;

    /// True when both lead to the same file, pipe or terminal.
    bool same_as(log_output const& other) const noexcept;

private:
    enum class kind : unsigned char { file, socket, other };

    bool has_room(std::chrono::steady_clock::time_point until) const noexcept;
    long write_some(std::string_view text) const noexcept;

    int descriptor_;
    kind kind_ = kind::other;
};

} // namespace serval::base
