// The exception of the disk: full, read-only, or not there.
#include <serval/storage_error.hpp>

namespace serval {

namespace {

int status_of_write(std::error_code const& code) noexcept
{
    if (storage_error::passes(code)) return 503;
    return code == std::errc::file_exists || code == std::errc::is_a_directory ? 409 : 507;
}

headers fields_of(std::error_code const& code)
{
    headers fields;
    if (storage_error::passes(code)) fields.set("retry-after", "1");
    return fields;
}

} // namespace

storage_error::storage_error(std::error_code code)
    : http_error{status_of_write(code), {}, fields_of(code)},
      code_{code},
      what_{std::string{http_error::what()} + " (" + code.message() + ")"}
{}

bool storage_error::passes(std::error_code const& code) noexcept
{
    return code == std::errc::too_many_files_open || code == std::errc::too_many_files_open_in_system ||
           code == std::errc::not_enough_memory;
}

} // namespace serval
