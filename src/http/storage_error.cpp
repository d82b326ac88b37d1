// The exception of the disk: full, read-only, or not there.
#include <serval/storage_error.hpp>

namespace serval {

namespace {

int status_of(std::error_code const& code) noexcept
{
    return code == std::errc::file_exists || code == std::errc::is_a_directory ? 409 : 507;
}

} // namespace

storage_error::storage_error(std::error_code code)
    : http_error{status_of(code)},
      code_{code},
      what_{std::string{http_error::what()} + " (" + code.message() + ")"}
{}

} // namespace serval
