// Where the content of an uploaded file goes while it arrives.
#include "http/upload_spool.hpp"

#include "base/file_name.hpp"
#include "base/thread_pool.hpp"
#include "http/loop_services.hpp"
#include "http/pool_call.hpp"

#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <cassert>
#include <system_error>
#include <utility>

namespace serval::http {

upload_spool::upload_spool(std::string directory, std::size_t threshold, form_memory* of)
    : directory_{std::move(directory)},
      threshold_{threshold},
      form_{of},
      state_{std::make_shared<detail::upload_state>()}
{
    if (form_ != nullptr) state_->held = form_->begin();
}

bool upload_spool::append_in_memory(std::string_view bytes)
{
    if (on_disk()) {
        if (bytes.size() > gathered_bytes - gathered_.size()) return false;
        gathered_.reserve(gathered_bytes);
        gathered_.insert(gathered_.end(), bytes.begin(), bytes.end());
        state_->size += bytes.size();
        return true;
    }
    auto& memory = state_->memory;
    if (bytes.size() > threshold_ - memory.size()) return false;
    std::size_t const needed = memory.size() + bytes.size();
    if (needed > memory.capacity() && !make_room(needed)) return false;
    memory.insert(memory.end(), bytes.begin(), bytes.end());
    state_->size = needed;
    return true;
}

/// Has the memory grow, to more than is needed now where that can be. False: nobody has as much to give.
bool upload_spool::make_room(std::size_t needed)
{
    auto& memory = state_->memory;
    auto const beyond = [&](std::size_t wanted) { return wanted - memory.capacity(); };
    std::size_t wanted = std::min(std::max(needed, 2 * memory.capacity()), threshold_);
    if (form_ != nullptr && !form_->grow(state_->held, beyond(wanted))) {
        if (needed <= always_in_memory) {
            wanted = std::min(wanted, always_in_memory);
            form_->grow_anyway(state_->held, beyond(wanted));
        } else {
            // Not to the byte: a client that sends one after the other would have all copied for each.
            std::size_t const pieces = (needed + always_in_memory - 1) / always_in_memory;
            wanted = std::min(pieces * always_in_memory, threshold_);
            if (!form_->grow(state_->held, beyond(wanted))) return false;
        }
    }
    memory.reserve(wanted);
    return true;
}

task<void> upload_spool::append(std::string_view bytes)
{
    if (append_in_memory(bytes)) co_return;
    co_await write_to_file(bytes);
}

task<void> upload_spool::flush()
{
    return write_to_file({});
}

task<void> upload_spool::write_to_file(std::string_view bytes)
{
    auto const executor = co_await boost::asio::this_coro::executor;
    auto* const services = loop_services::find(executor);
    std::weak_ptr<base::thread_pool> files;
    if (services != nullptr && services->files != nullptr) files = services->files->weak_from_this();
    co_await call_on_file_pool(&upload_spool::write, this, bytes, std::move(files));
}

// On a thread of the file pool; the coroutine that waits for it keeps everything alive.
void upload_spool::write(std::string_view bytes, std::weak_ptr<base::thread_pool> const& files)
{
    try {
        if (!on_disk()) {
            state_->file.reset(std::make_unique<spooled_file>(directory_, files).release());
            state_->file->content.write_at(0, state_->bytes());
            std::vector<char>{}.swap(state_->memory); // an assignment would keep the memory
            if (form_ != nullptr) form_->release(state_->held);
        }
        if (!gathered_.empty()) {
            state_->file->content.write_at(state_->size - gathered_.size(),
                                           {gathered_.data(), gathered_.size()});
            gathered_.clear();
        }
        if (!bytes.empty()) state_->file->content.write_at(state_->size, bytes);
    } catch (std::system_error const& error) {
        throw storage_error{error.code()};
    }
    state_->size += bytes.size();
}

upload_file upload_spool::finish(std::string raw_filename, std::string content_type,
                                 std::vector<header_field> headers)
{
    assert(is_flushed());
    state_->filename = base::safe_file_name(raw_filename);
    state_->raw_filename = std::move(raw_filename);
    state_->content_type = std::move(content_type);
    state_->headers = std::move(headers);
    return upload_file{std::move(state_)};
}

} // namespace serval::http
