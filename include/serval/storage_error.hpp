// The exception of the disk: full, read-only, or not there.
// layer: http
#pragma once

#include <serval/http_error.hpp>

#include <string>
#include <system_error>

namespace serval {

/// An uploaded file could not be stored, read or saved, or a served one not be opened for want of
/// descriptors. Not caught, it answers the request.
///
/// The status is 409 for a name that is taken (EEXIST, and EISDIR: by a directory); 503 with Retry-After when
/// the system has run out of descriptors or memory (EMFILE, ENFILE, ENOMEM), which come back; else 507: the
/// disk or the quota is full, the file system is read-only, permissions are missing, and whatever else the
/// system reports. The client sees the status's phrase only.
class storage_error : public http_error {
public:
    explicit storage_error(std::error_code code);

    /// What the system reported.
    std::error_code code() const noexcept { return code_; }
    /// "507: Insufficient Storage (No space left on device)": for logs.
    char const* what() const noexcept override { return what_.c_str(); }
    /// True for what the system has run out of and gets back, so that the request is worth another attempt.
    static bool passes(std::error_code const& code) noexcept;

private:
    std::error_code code_;
    std::string what_;
};

} // namespace serval
