// The exception of the disk: full, read-only, or not there.
// layer: http
#pragma once

#include <serval/http_error.hpp>

#include <string>
#include <system_error>

namespace serval {

/// An uploaded file could not be stored, read or saved. Not caught, it answers the request.
///
/// The status is 409 for a name that is taken (EEXIST, and EISDIR: by a directory), else 507: the disk or the
/// quota is full, the file system is read-only, permissions are missing, descriptors have run out, and
/// whatever else the system reports. The client sees the status's phrase only.
class storage_error : public http_error {
public:
    explicit storage_error(std::error_code code);

    /// What the system reported.
    std::error_code code() const noexcept { return code_; }
    /// "507: Insufficient Storage (No space left on device)": for logs.
    char const* what() const noexcept override { return what_.c_str(); }

private:
    std::error_code code_;
    std::string what_;
};

} // namespace serval
