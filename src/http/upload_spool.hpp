// Where the content of an uploaded file goes while it arrives.
#pragma once

#include "http/memory_budget.hpp"
#include "http/upload_state.hpp"

#include <serval/task.hpp>
#include <serval/upload_file.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace serval::http {

/// Gathers one upload: in memory up to a threshold, or as far as the form has memory for it, beyond in an
/// unlinked temporary file. What is small stays in memory whatever the form has: a file costs a descriptor.
///
/// Used on one loop, one call at a time. Destroyed at any moment but during an `append`, it leaves nothing
/// behind.
class upload_spool {
public:
    static constexpr std::size_t default_threshold = 1024 * 1024;
    static constexpr std::size_t always_in_memory = 16 * 1024; ///< bytes, unless the threshold is lower

    /// The file, should one be needed, is made in `directory`. `threshold` in bytes. `of`: the form's, which
    /// must outlive this; null: there is no other bound.
    explicit upload_spool(std::string directory, std::size_t threshold = default_threshold,
                          form_memory* of = nullptr);
    upload_spool(upload_spool const&) = delete;
    upload_spool& operator=(upload_spool const&) = delete;

    /// What is gathered for one write once there is a file: each costs two turns between threads, and a
    /// client may send its bytes one by one.
    static constexpr std::size_t gathered_bytes = 64 * 1024;

    /// Takes `bytes` if they stay in memory. False when they would pass the threshold, what the form has, or
    /// what is gathered for the file: call `append`.
    bool append_in_memory(std::string_view bytes);

    /// Takes `bytes`, and writes them to the file where they pass the threshold: on the file pool, without a
    /// copy.
    ///
    /// This and the bytes must live until it completes. Errors: storage_error; then only destroying is left.
    /// Cancellation: the file pool's thread has let go of the bytes when this ends.
    task<void> append(std::string_view bytes);

    /// Writes what is gathered, on the file pool; due before `finish` unless `is_flushed()`. As `append`.
    task<void> flush();
    bool is_flushed() const noexcept { return gathered_.empty(); }

    /// Bytes taken.
    std::uint64_t size() const noexcept { return state_->size; }
    /// Whether the content is in a file.
    bool on_disk() const noexcept { return state_->file != nullptr; }

    /// Bytes of memory held for the content.
    std::size_t memory_held() const noexcept { return state_->memory.capacity() + gathered_.capacity(); }

    /// The upload, once all of it is here and flushed; nothing may follow. `raw_filename`, `content_type` and
    /// `headers` (their names in lower case) are the part's, as sent.
    upload_file finish(std::string raw_filename, std::string content_type, std::vector<header_field> headers);

private:
    bool make_room(std::size_t needed);
    task<void> write_to_file(std::string_view bytes);
    void write(std::string_view bytes, std::weak_ptr<base::thread_pool> const& files);

    std::string directory_;
    std::size_t threshold_;
    form_memory* form_;
    std::shared_ptr<detail::upload_state> state_;
    std::vector<char> gathered_; // the end of the content, not written to the file yet
};

} // namespace serval::http
