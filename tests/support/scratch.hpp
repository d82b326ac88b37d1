/// Directories and disks that tests may fill.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace serval::test {

/// A directory of its own, removed with all that is in it.
class temp_directory {
public:
    explicit temp_directory(std::filesystem::path const& parent = std::filesystem::temp_directory_path());
    ~temp_directory();
    temp_directory(temp_directory const&) = delete;
    temp_directory& operator=(temp_directory const&) = delete;

    std::filesystem::path const& path() const noexcept { return path_; }
    std::string const& text() const noexcept { return path_.native(); }
    /// The names in it, sorted.
    std::vector<std::string> names() const;
    /// The content of a file in it.
    std::string content(std::string const& name) const;
    /// Writes a file in it.
    void write(std::string const& name, std::string const& content) const;

private:
    std::filesystem::path path_;
};

/// A file system of 1 MiB, if this process may mount one.
class small_disk {
public:
    small_disk();
    ~small_disk();
    small_disk(small_disk const&) = delete;
    small_disk& operator=(small_disk const&) = delete;

    explicit operator bool() const noexcept { return mounted_; }
    temp_directory const& directory() const noexcept { return directory_; }
    /// Bytes in use.
    std::uintmax_t used() const;

private:
    temp_directory directory_;
    bool mounted_;
};

} // namespace serval::test
