// A file without a name: nobody else can open it, and it is gone with its descriptor.
#include "base/temp_file.hpp"

#include <cstdlib>
#include <fcntl.h>
#include <sys/types.h>

namespace serval::base {

namespace {

// Kernels without O_TMPFILE see only its O_DIRECTORY and answer EISDIR; file systems, EOPNOTSUPP.
bool is_unsupported(std::error_code const& error) noexcept
{
    return error == std::errc::is_a_directory || error == std::errc::operation_not_supported ||
           error == std::errc::invalid_argument;
}

file_descriptor open_and_unlink(std::string const& directory)
{
    std::string path = directory + "/.serval-XXXXXX";
    file_descriptor file{::mkostemp(path.data(), O_CLOEXEC)};
    if (!file) throw std::system_error{last_error(), "temporary file"};
    if (::unlink(path.c_str()) != 0) throw std::system_error{last_error(), "temporary file"};
    return file;
}

} // namespace

temp_file::temp_file(std::string const& directory, file_methods const& methods)
{
    if (methods.unnamed) {
        file_ = file_descriptor{::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600)};
        linkable_ = static_cast<bool>(file_);
        auto const error = last_error();
        if (!file_ && !is_unsupported(error)) throw std::system_error{error, "temporary file"};
    }
    if (!file_) file_ = open_and_unlink(directory);
}

void temp_file::write_at(std::uint64_t offset, std::string_view bytes)
{
    if (auto const error = write_all_at(descriptor(), offset, bytes))
        throw std::system_error{error, "temporary file"};
}

std::size_t temp_file::read_at(std::uint64_t offset, char* to, std::size_t size) const
{
    auto const [n, error] = read_all_at(descriptor(), offset, to, size);
    if (error) throw std::system_error{error, "temporary file"};
    return n;
}

std::error_code write_all_at(int file, std::uint64_t offset, std::string_view bytes) noexcept
{
    while (!bytes.empty()) {
        ssize_t const n = ::pwrite(file, bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (n > 0) {
            bytes.remove_prefix(static_cast<std::size_t>(n));
            offset += static_cast<std::uint64_t>(n);
        } else if (n == 0) {
            return std::make_error_code(std::errc::io_error); // and again, it might be for ever
        } else if (errno != EINTR) {
            return last_error();
        }
    }
    return {};
}

read_result read_all_at(int file, std::uint64_t offset, char* to, std::size_t size) noexcept
{
    std::size_t done = 0;
    while (done != size) {
        ssize_t const n = ::pread(file, to + done, size - done, static_cast<off_t>(offset + done));
        if (n == 0) break;
        if (n > 0) {
            done += static_cast<std::size_t>(n);
        } else if (errno != EINTR) {
            return {done, last_error()};
        }
    }
    return {done, {}};
}

} // namespace serval::base
