// Section 2: uploads, alone, several at once, and with metadata; and the upload of section 3.
#pragma once

#include "async_operations/background.hpp"

#include <serval/app.hpp>

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <memory>

namespace async_operations {

/// Where uploads go, and how long they stay.
struct upload_options {
    std::filesystem::path directory = std::filesystem::temp_directory_path() / "serval_uploads";
    std::chrono::seconds max_age = std::chrono::hours{24}; ///< zero: for ever
};

/// Bytes of one request to an upload endpoint. Beyond: 413.
inline constexpr std::size_t max_upload = std::size_t{4} << 30;

/// Adds /upload/file, /upload/files, /upload/with-metadata and /upload/process. The directory is made, and
/// cleaned, when the app starts. `log` gets what becomes of files that are processed.
void add_uploads(serval::app& app, upload_options const& options, std::shared_ptr<task_log> const& log);

} // namespace async_operations
