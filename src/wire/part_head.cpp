// The head of one part of a multipart/form-data body (RFC 7578 section 4), and why a body is refused.
#include "wire/part_head.hpp"

#include "base/ascii.hpp"
#include "wire/content_disposition.hpp"

#include <algorithm>
#include <utility>

namespace serval::wire {

namespace {

constexpr bool is_part_value(std::string_view text) noexcept
{
    return std::ranges::all_of(text, [](char c) {
        auto const byte = static_cast<unsigned char>(c);
        return (byte >= 0x20 && byte != 0x7F) || byte == '\t';
    });
}

// `line` has no CRLF; nullopt when it is no field line.
std::optional<part_field> parse_part_field(std::span<char> line)
{
    std::string_view const text{line.data(), line.size()};
    std::size_t const colon = text.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    part_field const field{text.substr(0, colon), base::trim_ows(text.substr(colon + 1))};
    if (!base::is_token(field.name) || !is_part_value(field.value)) return std::nullopt;
    std::ranges::transform(line.first(colon), line.begin(), base::to_lower);
    return field;
}

// The value of the field `name`, if any; false in `unique` when there are two.
struct lookup {
    part_field const* field = nullptr;
    bool unique = true;
};

lookup find_part_field(std::vector<part_field> const& fields, std::string_view name)
{
    lookup found;
    for (part_field const& field : fields) {
        if (field.name != name) continue;
        found.unique = found.field == nullptr;
        found.field = &field;
        if (!found.unique) break;
    }
    return found;
}

multipart_error interpret(part_head& head)
{
    lookup const type = find_part_field(head.fields, "content-type");
    lookup const disposition = find_part_field(head.fields, "content-disposition");
    // Whoever checked the upload before may have gone by the other one.
    if (!type.unique || !disposition.unique) return multipart_error::malformed;
    head.content_type = type.field != nullptr ? type.field->value : std::string_view{};
    if (disposition.field == nullptr) return multipart_error::part_without_name;
    auto parsed = parse_form_disposition(disposition.field->value);
    if (!parsed) return multipart_error::malformed;
    if (!parsed->name) return multipart_error::part_without_name;
    head.name = *std::move(parsed->name);
    head.filename = std::move(parsed->filename);
    return multipart_error::none;
}

} // namespace

std::string_view message_of(multipart_error e) noexcept
{
    switch (e) {
    case multipart_error::none: return "";
    case multipart_error::part_without_name:
        return R"(The Content-Disposition header field "name" must be provided.)";
    default: return "There was an error parsing the body";
    }
}

multipart_error parse_part_head(std::span<char> block, std::size_t max_fields, part_head& head)
{
    head.fields.clear();
    while (!block.empty()) {
        auto const lf = std::ranges::find(block, '\n');
        auto const length = static_cast<std::size_t>(lf - block.begin()); // of the line and its CR
        if (lf == block.end() || length == 0 || block[length - 1] != '\r') return multipart_error::malformed;
        auto const field = parse_part_field(block.first(length - 1));
        if (!field) return multipart_error::malformed;
        if (head.fields.size() == max_fields) return multipart_error::too_many_part_fields;
        head.fields.push_back(*field);
        block = block.subspan(length + 1);
    }
    return interpret(head);
}

} // namespace serval::wire
