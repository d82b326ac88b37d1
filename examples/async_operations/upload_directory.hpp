// The folder that uploads are saved in, and kept from growing for ever.
#pragma once

#include <chrono>
#include <filesystem>
#include <mutex>
#include <string>

namespace async_operations {

/// A directory of its own, whose old files go. Thread-safe; everything here blocks.
class upload_directory {
public:
    /// `max_age` zero: files stay.
    upload_directory(std::filesystem::path path, std::chrono::seconds max_age);

    std::filesystem::path const& path() const noexcept { return path_; }

    /// Makes the directory; throws std::filesystem::filesystem_error.
    void create() const;
    /// Removes regular files that have not been written to for `max_age`, unless this was done within the
    /// last ten minutes. What cannot be removed stays.
    void clean();
    /// Writes `text` as the file `name`, replacing one, whole or not at all; throws std::system_error.
    void write(std::string const& name, std::string const& text) const;

private:
    std::filesystem::path path_;
    std::chrono::seconds max_age_;
    std::mutex mutex_;
    std::chrono::steady_clock::time_point next_cleaning_{};
};

} // namespace async_operations
