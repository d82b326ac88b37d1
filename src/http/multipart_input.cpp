#include "http/multipart_input.hpp"

#include "base/ascii.hpp"
#include "wire/media_type.hpp"

#include <serval/http_error.hpp>

namespace serval::http {

namespace {

std::string boundary_in(std::string_view content_type)
{
    auto const type = wire::parse_media_type(content_type);
    if (!type || !base::iequals(type->type, "multipart") || !base::iequals(type->subtype, "form-data"))
        throw http_error(415, "The body must be multipart/form-data");
    auto boundary = wire::boundary_of(content_type);
    if (!boundary) throw http_error(400, "Missing boundary in multipart.");
    return *boundary;
}

[[noreturn]] void refuse(wire::multipart_error why)
{
    throw http_error(400, wire::message_of(why));
}

} // namespace

std::vector<header_field> header_fields_of(wire::part_head const& head)
{
    std::vector<header_field> fields;
    fields.reserve(head.fields.size());
    for (auto const& field : head.fields)
        fields.emplace_back(std::string{field.name}, std::string{field.value});
    return fields;
}

multipart_input::multipart_input(detail::multipart_source const& source)
    : body_{source.body},
      max_body_{source.max_body},
      parser_{boundary_in(source.content_type), source.part}
{}

multipart_input::step multipart_input::next()
{
    for (;;) {
        if (rest_.empty()) {
            auto const piece = body_->next_piece(max_body_);
            if (!piece) return {.consumed = 0, .what = event::need_input, .data = {}, .failure = {}};
            if (piece->empty()) {
                auto const end = parser_.end_of_input();
                if (end.what == event::failed) refuse(end.failure);
                return end;
            }
            rest_ = *piece;
        }
        auto const found = parser_.next(rest_);
        rest_.remove_prefix(found.consumed);
        if (found.what == event::failed) refuse(found.failure);
        if (found.what != event::need_input) return found;
    }
}

} // namespace serval::http
