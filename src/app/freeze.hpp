// From the mutable description of an app to the immutable table that serves.
#pragma once

#include "handler/dispatcher.hpp"

#include <serval/app.hpp>
#include <serval/settings.hpp>

#include <memory>

namespace serval::app_impl {

/// Freezes `application` (nothing can be registered any more) and builds its dispatch table, with the limits
/// of one server. May be called again, for another server. The app must outlive the table: it keeps the
/// handlers.
std::shared_ptr<handler::dispatcher const> freeze(app& application, settings const& options = {});

} // namespace serval::app_impl
