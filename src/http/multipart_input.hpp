// A multipart body on its way from the connection through the parser, for whoever takes its parts.
#pragma once

#include "http/body_source.hpp"
#include "wire/multipart.hpp"

#include <serval/headers.hpp>
#include <serval/task.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace serval::detail {

/// Where a multipart body comes from and what bounds it.
struct multipart_source {
    http::body_source* body = nullptr;
    std::string_view content_type; ///< of the request
    std::size_t max_body = 0;      ///< bytes; beyond: 413
    std::size_t max_files = 0;
    std::size_t max_fields = 0;
    std::uint64_t max_file_size = 0;
    wire::multipart_limits part{};
};

} // namespace serval::detail

namespace serval::http {

/// The header fields of a part, as its upload_file has them.
std::vector<header_field> header_fields_of(wire::part_head const& head);

/// The events of a multipart body, as far as its bytes have arrived.
class multipart_input {
public:
    using event = wire::multipart_parser::event;
    using step = wire::multipart_parser::step;

    /// Throws http_error: 415 when the media type is not multipart/form-data, 400 when it has no boundary.
    explicit multipart_input(detail::multipart_source const& source);

    /// The next event. `need_input`: call `receive` first. `finished`: so has the body. Data is a
    /// view that is valid until the next call. Throws http_error as body_source does, 400 for what is
    /// malformed.
    step next();
    task<void> receive() { return body_->receive(); }

    wire::part_head const& part() const noexcept { return parser_.part(); }

private:
    body_source* body_;
    std::size_t max_body_;
    wire::multipart_parser parser_;
    std::string_view rest_; // of the piece that has been received
};

} // namespace serval::http
