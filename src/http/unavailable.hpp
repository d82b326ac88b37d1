// The answer of a server that has too much to do.
#pragma once

#include <serval/http_error.hpp>

namespace serval::http {

/// 503 with `retry-after: 1`.
inline http_error unavailable()
{
    headers fields;
    fields.set("retry-after", "1");
    return http_error{503, {}, std::move(fields)};
}

} // namespace serval::http
