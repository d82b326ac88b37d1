#include "async_operations/upload_directory.hpp"

#include <atomic>
#include <cerrno>
#include <fstream>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace async_operations {

namespace {

constexpr std::chrono::minutes cleaning_interval{10};

} // namespace

upload_directory::upload_directory(std::filesystem::path path, std::chrono::seconds max_age)
    : path_{std::move(path)},
      max_age_{max_age}
{}

void upload_directory::create() const
{
    std::filesystem::create_directories(path_);
}

void upload_directory::clean()
{
    if (max_age_.count() == 0) return;
    {
        std::lock_guard const lock{mutex_};
        auto const now = std::chrono::steady_clock::now();
        if (now < next_cleaning_) return;
        next_cleaning_ = now + cleaning_interval;
    }
    std::error_code ignored; // another process may remove files, too
    auto const oldest = std::filesystem::file_time_type::clock::now() - max_age_;
    for (auto at = std::filesystem::directory_iterator{path_, ignored};
         at != std::filesystem::directory_iterator{}; at.increment(ignored)) {
        if (at->symlink_status(ignored).type() != std::filesystem::file_type::regular) continue;
        auto const written = at->last_write_time(ignored);
        if (!ignored && written < oldest) std::filesystem::remove(at->path(), ignored);
    }
}

void upload_directory::write(std::string const& name, std::string const& text) const
{
    static std::atomic<unsigned> count{0};
    auto const hidden = path_ / (".writing-" + std::to_string(::getpid()) + "-" + std::to_string(++count));
    std::ofstream file{hidden, std::ios::binary | std::ios::trunc};
    file << text;
    file.close();
    std::error_code failure{file ? 0 : EIO, std::generic_category()};
    if (!failure) std::filesystem::rename(hidden, path_ / name, failure);
    if (!failure) return;
    std::error_code ignored;
    std::filesystem::remove(hidden, ignored);
    throw std::system_error(failure, "cannot write " + name);
}

} // namespace async_operations
