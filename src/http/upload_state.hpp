// What the copies of an upload_file share.
#pragma once

#include "http/memory_budget.hpp"
#include "http/spooled_file.hpp"

#include <serval/headers.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace serval::detail {

/// Complete before a handle is made of it, and constant from then on.
struct upload_state {
    std::string filename = "file";
    std::string raw_filename;
    std::string content_type;
    std::vector<header_field> headers;
    std::uint64_t size = 0;
    std::vector<char> memory; ///< the content, unless there is a file
    http::memory_share held;  ///< for that
    http::spooled_file_pointer file;

    std::string_view bytes() const noexcept { return {memory.data(), memory.size()}; }
};

} // namespace serval::detail
