// The application as a whole: what main() serves and what the tests drive.
#pragma once

#include "async_operations/uploads.hpp"

#include <serval/app.hpp>

namespace async_operations {

/// The title, description and version of the API.
serval::app_info info();

/// Adds the endpoints of all sections.
void add_everything(serval::app& app, upload_options const& uploads = {});

} // namespace async_operations
