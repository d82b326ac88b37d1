// The ranges of a server's settings.
#pragma once

#include <serval/settings.hpp>

namespace serval::server_impl {

/// Gives the settings back. Throws std::invalid_argument, whose text names the setting, its value and what it
/// may be, for one outside of the range that <serval/settings.hpp> documents.
serval::settings checked(serval::settings options);

} // namespace serval::server_impl
