// Receiving a form: fields into memory, files into memory or onto the disk, while they arrive.
#pragma once

#include "handler/request_context.hpp"
#include "http/multipart_input.hpp"

#include <serval/task.hpp>

namespace serval::handler {

/// Reads the body of a route with form parameters into `request_context::form`.
///
/// multipart/form-data and application/x-www-form-urlencoded; any other media type is a form without fields,
/// as in Starlette, and its body is left unread. Throws http_error: 400 for what is malformed or too many,
/// 413 for what is too large, 507 or 503 when the disk does not take a file; and as body_source does.
task<void> read_form(detail::request_context& x);

/// The source of a multipart body for who reads it by himself, bounded as the endpoint says.
detail::multipart_source multipart_source_of(detail::request_context& x);

} // namespace serval::handler
