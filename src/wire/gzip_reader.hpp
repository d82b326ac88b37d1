// Decompressing gzip (RFC 1952) piece by piece.
#pragma once

#include <boost/system/result.hpp>

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

namespace serval::wire {

/// Decompresses one gzip file that is in memory: a header without optional parts, one member.
///
/// For content of serval's own: the checksum at its end is not compared. Needs 43 KiB, whatever the file has.
class gzip_reader {
public:
    /// `file` must outlive the reader.
    explicit gzip_reader(std::string_view file);
    ~gzip_reader();
    gzip_reader(gzip_reader const&) = delete;
    gzip_reader& operator=(gzip_reader const&) = delete;

    /// Fills `out`, which must not be empty, with what comes next; gives how many bytes: fewer than `out` has
    /// only at the end of the content, then 0. An error when this is no such file, or it is cut short.
    boost::system::result<std::size_t> read(std::span<char> out);

private:
    struct state;
    std::unique_ptr<state> state_;
};

} // namespace serval::wire
