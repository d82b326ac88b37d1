// The routes of the documentation pages.
#pragma once

#include "app/app_state.hpp"
#include "handler/dispatcher.hpp"
#include "routing/route_table.hpp"

namespace serval::app_impl {

/// Adds the pages that `described.info` asks for to `routes` and `into`, with the middleware of the app.
///
/// A page at an address for which the application has a route of its own is left out. Throws
/// std::invalid_argument for settings that cannot be; see openapi::make_docs_pages.
void add_documentation(detail::app_state const& described, routing::route_table& routes,
                       handler::dispatcher& into);

} // namespace serval::app_impl
