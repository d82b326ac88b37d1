// Section 2: uploads, alone, several at once, and with metadata; and the upload of section 3.
#pragma once

#include <serval/app.hpp>

#include <chrono>
#include <cstddef>
#include <filesystem>

namespace async_operations {

/// Where uploads go, and how long they stay.
struct upload_options {
    std::filesystem::path directory = std::filesystem::temp_directory_path() / "serval_uploads";
    std::chrono::seconds max_age = std::chrono::hours{24}; ///< zero: for ever
};

/// Bytes of one request to an upload endpoint. Beyond: 413.
inline constexpr std::size_t max_upload = std::size_t{4} << 30;

/// Adds /upload/file, /upload/files, /upload/with-metadata and /upload/process. The directory is made, and
/// cleaned, when the app starts.
void add_uploads(serval::app& app, upload_options const& options);

} // namespace async_operations
