// Putting content under a name in a directory, whole or not at all.
#include "base/save_file.hpp"

#include "base/file_descriptor.hpp"
#include "base/file_name.hpp"
#include "base/random_hex.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <cstddef>
#include <cstdio>
#include <fcntl.h>
#include <memory>
#include <optional>
#include <stdexcept>
#include <sys/stat.h>
#include <system_error>
#include <utility>

namespace serval::base {

namespace {

constexpr unsigned first_numbers = 4;      // are tried one by one
constexpr unsigned max_number = 1U << 30U; // a directory has fewer names
constexpr unsigned max_tries = 1000;       // each of which somebody else was quicker
constexpr mode_t mode_of_new_files = 0666; // the system takes the umask off

[[noreturn]] void fail(std::error_code const& error)
{
    throw std::system_error{error, "saving a file"};
}

std::optional<mode_t> read_umask()
{
    constexpr std::string_view key = "\nUmask:\t"; // the second line
    std::array<char, 1024> room;
    // Not a stream, whose descriptor children would inherit.
    file_descriptor const status{::open("/proc/self/status", O_RDONLY | O_CLOEXEC)};
    auto const size = ::read(status.number(), room.data(), room.size());
    std::string_view const text{room.data(), size > 0 ? static_cast<std::size_t>(size) : 0};
    unsigned mask = 0;
    auto const at = text.find(key);
    if (at == text.npos) return std::nullopt;
    auto const parsed = std::from_chars(text.data() + at + key.size(), text.data() + text.size(), mask, 8);
    return parsed.ec == std::errc{} ? std::optional{static_cast<mode_t>(mask)} : std::nullopt;
}

// 0666 less the umask, as the process had it first: umask() could only tell by changing it for a moment,
// under the feet of other threads. Nothing when /proc does not tell: descriptors may have run out.
std::optional<mode_t> mode_of_linked_files(file_methods const& methods)
{
    constexpr mode_t unknown = ~mode_t{0};
    static std::atomic<mode_t> known{unknown};
    if (!methods.umask) return std::nullopt;
    if (auto const mode = known.load(); mode != unknown) return mode;
    auto const mask = read_umask();
    if (!mask) return std::nullopt;
    known = mode_of_new_files & ~*mask;
    return known;
}

// A name that nobody can guess and occupy.
std::string random_name()
{
    return ".serval-" + random_hex(16);
}

std::error_code copy_by_hand(int from, int to, std::uint64_t offset, std::uint64_t size)
{
    constexpr std::size_t piece = 256 * 1024;
    auto const buffer = std::make_unique_for_overwrite<char[]>(piece);
    while (offset != size) {
        auto const wanted = static_cast<std::size_t>(std::min<std::uint64_t>(piece, size - offset));
        auto const [n, failed] = read_all_at(from, offset, buffer.get(), wanted);
        if (failed) return failed;
        if (n != wanted) return std::make_error_code(std::errc::io_error); // somebody has cut the file
        if (auto const error = write_all_at(to, offset, {buffer.get(), n})) return error;
        offset += n;
    }
    return {};
}

std::error_code copy(int from, int to, std::uint64_t size, file_methods const& methods)
{
    std::uint64_t done = 0;
    while (methods.copy_range && done != size) {
        auto in = static_cast<loff_t>(done);
        auto out = in;
        auto const piece = static_cast<std::size_t>(std::min<std::uint64_t>(1U << 30U, size - done));
        ssize_t const n = ::copy_file_range(from, &in, to, &out, piece, 0);
        if (n > 0) {
            done += static_cast<std::uint64_t>(n);
        } else if (n == 0 || errno == EXDEV || errno == EINVAL || errno == ENOSYS || errno == EOPNOTSUPP) {
            break; // not between these file systems, or not by this kernel
        } else if (errno != EINTR) {
            return last_error();
        }
    }
    return copy_by_hand(from, to, done, size);
}

// One saving. All names are relative to the directory's descriptor, so that it may be renamed meanwhile.
class saving {
public:
    saving(std::string const& directory, file_content const& content, file_methods const& methods)
        : content_{content},
          methods_{methods},
          // O_PATH: a directory that may only be written to is enough.
          directory_{::open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)}
    {
        if (!directory_) fail(last_error());
    }
    saving(saving const&) = delete;
    saving& operator=(saving const&) = delete;
    // Removes what has a temporary name only.
    ~saving()
    {
        if (!temporary_.empty()) ::unlinkat(directory_.number(), temporary_.c_str(), 0);
    }

    // These two give nothing where the system cannot do it so.
    std::optional<std::string> by_link_of_content(std::string_view name, if_exists policy);
    std::optional<std::string> by_unnamed_copy(std::string_view name, if_exists policy);
    std::string by_named_copy(std::string_view name, if_exists policy);

private:
    std::error_code fill(int file) const;
    std::optional<std::string> link(int file, std::string_view name, if_exists policy);
    std::error_code link_as(int file, std::string const& name) const;
    std::error_code rename_to_free(std::string const& name);
    void rename_over(std::string const& name);
    template <class Take>
    std::pair<std::string, std::error_code> take_free(std::string_view name, if_exists policy,
                                                      Take take) const;
    bool is_taken(std::string const& name) const noexcept;
    unsigned free_number(std::string_view name) const;

    file_content const& content_;
    file_methods const& methods_;
    file_descriptor directory_;
    std::string temporary_; // in the directory; empty: there is none
};

std::error_code saving::fill(int file) const
{
    if (content_.file == nullptr) return write_all_at(file, 0, content_.bytes);
    return copy(content_.file->descriptor(), file, content_.size, methods_);
}

// Tries `name`, and with if_exists::number those after it, until `take` succeeds.
template <class Take>
std::pair<std::string, std::error_code> saving::take_free(std::string_view name, if_exists policy,
                                                          Take take) const
{
    std::string candidate{name};
    unsigned n = 0;
    for (unsigned tried = 1;; ++tried) {
        std::error_code const error = take(candidate);
        if (error != std::errc::file_exists || policy != if_exists::number || n == max_number ||
            tried == max_tries)
            return {std::move(candidate), error};
        // The numbers that others take meanwhile lie behind the one that was free.
        n = tried > first_numbers && tried % first_numbers == 1 ? free_number(name) : n + 1;
        candidate = numbered_file_name(name, n);
    }
}

bool saving::is_taken(std::string const& name) const noexcept
{
    struct stat found{};
    return ::fstatat(directory_.number(), name.c_str(), &found, AT_SYMLINK_NOFOLLOW) == 0;
}

// A number that is free behind one that is taken: numbers that were given one after the other are not looked
// at one after the other again.
unsigned saving::free_number(std::string_view name) const
{
    unsigned taken = first_numbers;
    unsigned free = 2 * taken;
    for (; free < max_number && is_taken(numbered_file_name(name, free)); free *= 2)
        taken = free;
    while (free - taken > 1) {
        unsigned const middle = taken + (free - taken) / 2;
        (is_taken(numbered_file_name(name, middle)) ? taken : free) = middle;
    }
    return free;
}

std::error_code saving::link_as(int file, std::string const& name) const
{
    if (!methods_.link) return std::make_error_code(std::errc::operation_not_supported);
    std::array<char, 40> path;
    std::snprintf(path.data(), path.size(), "/proc/self/fd/%d", file);
    if (::linkat(AT_FDCWD, path.data(), directory_.number(), name.c_str(), AT_SYMLINK_FOLLOW) == 0) return {};
    return last_error();
}

// Gives a file without a name its name. Nothing when the system refuses, but for the names that are taken.
std::optional<std::string> saving::link(int file, std::string_view name, if_exists policy)
{
    if (policy == if_exists::replace) { // no link takes the place of a name, but a rename does
        std::string temporary = random_name();
        if (link_as(file, temporary)) return std::nullopt;
        temporary_ = std::move(temporary);
        rename_over(std::string{name});
        return std::string{name};
    }
    auto [taken, error] =
        take_free(name, policy, [&](std::string const& candidate) { return link_as(file, candidate); });
    if (error == std::errc::file_exists) fail(error);
    if (error) return std::nullopt;
    return std::move(taken);
}

void saving::rename_over(std::string const& name)
{
    int const in = directory_.number();
    if (::renameat(in, temporary_.c_str(), in, name.c_str()) != 0) fail(last_error());
    temporary_.clear();
}

std::error_code saving::rename_to_free(std::string const& name)
{
    int const in = directory_.number();
    if (methods_.no_replace) {
        if (::renameat2(in, temporary_.c_str(), in, name.c_str(), RENAME_NOREPLACE) == 0) {
            temporary_.clear();
            return {};
        }
        if (errno != EINVAL && errno != ENOSYS) return last_error();
    }
    // A file system without that flag, as NFS: a link overwrites nothing either.
    if (::linkat(in, temporary_.c_str(), in, name.c_str(), 0) != 0) return last_error();
    return {};
}

std::optional<std::string> saving::by_link_of_content(std::string_view name, if_exists policy)
{
    if (content_.file == nullptr || !content_.file->claim_link()) return std::nullopt;
    struct claim {
        temp_file const* file;
        ~claim()
        {
            if (file != nullptr) file->release_link();
        }
    } held{content_.file};
    int const file = content_.file->descriptor();
    auto const mode = mode_of_linked_files(methods_); // without it a copy, to which the system gives it
    if (!mode || ::fchmod(file, *mode) != 0) return std::nullopt;
    auto saved = link(file, name, policy);
    if (saved) held.file = nullptr;
    return saved;
}

std::optional<std::string> saving::by_unnamed_copy(std::string_view name, if_exists policy)
{
    if (!methods_.unnamed || !methods_.link) return std::nullopt;
    file_descriptor const file{
        ::openat(directory_.number(), ".", O_TMPFILE | O_RDWR | O_CLOEXEC, mode_of_new_files)};
    if (!file) return std::nullopt;
    if (auto const error = fill(file.number())) fail(error);
    return link(file.number(), name, policy);
}

std::string saving::by_named_copy(std::string_view name, if_exists policy)
{
    std::string temporary = random_name();
    file_descriptor file{::openat(directory_.number(), temporary.c_str(),
                                  O_CREAT | O_EXCL | O_NOFOLLOW | O_RDWR | O_CLOEXEC, mode_of_new_files)};
    if (!file) fail(last_error());
    temporary_ = std::move(temporary);
    if (auto const error = fill(file.number())) fail(error);
    if (auto const error = file.close()) fail(error);
    if (policy == if_exists::replace) {
        rename_over(std::string{name});
        return std::string{name};
    }
    auto [taken, error] =
        take_free(name, policy, [this](std::string const& candidate) { return rename_to_free(candidate); });
    if (error) fail(error);
    return std::move(taken);
}

} // namespace

std::string save_file(std::string const& directory, std::string_view name, if_exists policy,
                      file_content const& content, file_methods const& methods)
{
    if (!is_file_name(name))
        throw std::invalid_argument{"the name of a saved file must be one component of a path, of 1 to 255 "
                                    "bytes"};
    if (directory.find('\0') != std::string::npos)
        throw std::invalid_argument{"the directory of a saved file must not have a NUL in its name"};
    saving one{directory, content, methods};
    if (auto saved = one.by_link_of_content(name, policy)) return std::move(*saved);
    if (auto saved = one.by_unnamed_copy(name, policy)) return std::move(*saved);
    return one.by_named_copy(name, policy);
}

} // namespace serval::base
