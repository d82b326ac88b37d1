// Places to listen on, as text and as settings have them.
#pragma once

#include <serval/settings.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace serval::server_impl {

/// All of the settings: that of `host`, `port` and `unix_path` first.
std::vector<listen_address> listen_addresses(serval::settings const& of);

/// "127.0.0.1:80", "[::1]:80", "unix:/run/app.sock".
std::string text_of(listen_address const& place);
/// The reverse; nothing for anything else. The mode of a Unix socket is the default.
std::optional<listen_address> parse_listen_address(std::string_view text);

/// True when two that are written so can only be one place; 0 is another port each time.
bool are_one_place(listen_address const& one, listen_address const& other) noexcept;

} // namespace serval::server_impl
