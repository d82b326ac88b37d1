// A file of the disk that is sent to clients: what opening it finds.
#include "base/served_file.hpp"

#include <charconv>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>

namespace serval::base {

namespace {

// The finaliser of MurmurHash3, which changes half of the bits for each that changes.
constexpr std::uint64_t mix(std::uint64_t hash, std::uint64_t value) noexcept
{
    hash ^= value;
    hash = (hash ^ (hash >> 33U)) * 0xFF51AFD7ED558CCDU;
    hash = (hash ^ (hash >> 33U)) * 0xC4CEB9FE1A85EC53U;
    return hash ^ (hash >> 33U);
}

constexpr std::uint64_t mix(std::uint64_t hash, timespec const& time) noexcept
{
    hash = mix(hash, static_cast<std::uint64_t>(time.tv_sec));
    return mix(hash, static_cast<std::uint64_t>(time.tv_nsec));
}

void append_hex(std::string& out, std::uint64_t value)
{
    char digits[16];
    auto const end = std::to_chars(digits, digits + sizeof digits, value, 16).ptr;
    out.append(digits, end);
}

// Hashed, since inode numbers are nobody's business (CVE-2003-1418).
std::string etag_of(struct stat const& facts)
{
    std::uint64_t hash = mix(0x9E3779B97F4A7C15U, facts.st_mtim);
    hash = mix(hash, facts.st_ctim);
    hash = mix(hash, static_cast<std::uint64_t>(facts.st_ino));
    std::string tag = "\"";
    append_hex(tag, hash);
    tag += '-';
    append_hex(tag, static_cast<std::uint64_t>(facts.st_size));
    tag += '"';
    return tag;
}

served_file failure(std::error_code error)
{
    served_file failed;
    failed.error = error;
    return failed;
}

} // namespace

served_file open_served_file(std::string const& path)
{
    auto const none = std::make_error_code(std::errc::no_such_file_or_directory);
    if (path.find('\0') != std::string::npos) return failure(none);
    served_file opened;
    do {
        opened.file = file_descriptor{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)};
    } while (!opened.file && errno == EINTR);
    if (!opened.file) return failure(errno == ENXIO ? none : last_error()); // ENXIO: a socket
    struct stat facts;
    if (::fstat(opened.file.number(), &facts) != 0) return failure(last_error());
    if (S_ISDIR(facts.st_mode)) return failure(std::make_error_code(std::errc::is_a_directory));
    if (!S_ISREG(facts.st_mode)) return failure(none);
    opened.size = static_cast<std::uint64_t>(facts.st_size);
    opened.modified = facts.st_mtim.tv_sec;
    opened.etag = etag_of(facts);
    return opened;
}

} // namespace serval::base
