#include "openapi/responses.hpp"

#include "model/json_object.hpp"
#include "model/json_schema.hpp"
#include "wire/media_type.hpp"
#include "wire/response_head.hpp"

#include <serval/detail/stream_item.hpp>

#include <algorithm>
#include <utility>

namespace serval::openapi {
namespace {

using model::json_object;
using model::schema_names;
using model::schema_order;

constexpr std::string_view json_type = "application/json";
constexpr std::string_view text_value = R"({"type":"string"})";
constexpr int unprocessable = 422;

/// WHATWG's event stream, as FastAPI describes it.
constexpr std::string_view event_value =
    R"({"type":"object","properties":{"data":{"type":"string"},"event":{"type":"string"},)"
    R"("id":{"type":"string"},"retry":{"type":"integer","minimum":0}}})";

bool is_json(std::string_view media_type)
{
    return media_type.starts_with(json_type) || media_type.find("+json") != std::string_view::npos;
}

std::string media_type_of(operation const& of)
{
    auto const& table = *of.endpoint->table;
    if (!of.notes->media_type.empty()) return of.notes->media_type;
    if (table.stream != nullptr) return std::string{table.stream->media_type};
    return std::string{table.gives_text ? std::string_view{"text/plain"} : json_type};
}

std::string titled(detail::type_table const& type, std::string const& name, schema_names const& names)
{
    if (type.kind == detail::type_kind::json) return "{}"; // FastAPI's, where nothing is known of a result
    std::string const title = model::title_of(name);
    return model::titled_schema(type, {.title = title}, names, schema_order::paths);
}

/// What the values of a stream are sent as.
detail::type_table const* item_of(operation const& of)
{
    return of.response_model != nullptr ? of.response_model : of.endpoint->table->stream->type;
}

/// The content of the successful response.
std::string content_of(operation const& of, std::string const& operation_id, schema_names const& names)
{
    auto const& table = *of.endpoint->table;
    std::string const media_type = media_type_of(of);
    json_object content;
    if (table.stream != nullptr) {
        // OpenAPI 3.1 cannot describe the items of a stream; 3.2 has `itemSchema`, which FastAPI uses early.
        content.raw("schema", std::string{text_value});
        if (table.stream->events) content.raw("x-itemSchema", std::string{event_value});
        if (table.stream->type != nullptr) {
            content.raw("x-itemSchema", model::value_schema(*item_of(of), {}, names, schema_order::paths));
        }
    } else if (!is_json(media_type)) {
        content.raw("schema", std::string{text_value});
    } else if (auto const* const result = result_of(of); result != nullptr) {
        content.raw("schema", titled(*result, "Response_" + operation_id, names));
    } else {
        content.raw("schema", "{}");
    }
    json_object made;
    return made.raw(media_type, content.str()).str();
}

/// A response in the making.
struct entry {
    std::string status;
    std::string description;
    std::string content; ///< empty: none
};

/// FastAPI's words for a response of which nothing is said.
std::string_view phrase_of(int status)
{
    auto const phrase = wire::reason_phrase(status);
    return phrase == "Unknown" ? "Additional Response" : phrase;
}

void merge(std::vector<entry>& entries, documented_response const& one, operation const& of,
           std::string const& operation_id, schema_names const& names)
{
    std::string const status = std::to_string(one.status);
    auto at = std::find_if(entries.begin(), entries.end(), [&](auto const& e) { return e.status == status; });
    if (at == entries.end()) at = entries.insert(at, {status, {}, {}});
    if (!one.description.empty()) at->description = one.description;
    if (at->description.empty()) at->description = phrase_of(one.status);
    if (one.type == nullptr) return;
    bool const own = one.status == of.status && is_json(of.notes->media_type);
    json_object schema;
    schema.raw("schema", titled(*one.type, "Response_" + status + '_' + operation_id, names));
    json_object content;
    content.raw(own ? std::string_view{of.notes->media_type} : json_type, schema.str());
    at->content = content.str();
}

} // namespace

void add_response_types(operation const& of, schema_names& names)
{
    auto const& table = *of.endpoint->table;
    if (auto const* const result = result_of(of); result != nullptr) names.add(*result);
    if (table.stream != nullptr && table.stream->type != nullptr) names.add(*item_of(of));
    for (auto const& one : of.notes->responses) {
        if (one.type != nullptr) names.add(*one.type);
    }
}

bool documents_refusal(operation const& of, bool validated)
{
    auto const& told = of.notes->responses;
    return validated && of.status != unprocessable &&
           std::none_of(told.begin(), told.end(),
                        [](auto const& one) { return one.status == unprocessable; });
}

std::string responses(operation const& of, std::string const& operation_id, bool refusal,
                      schema_names const& names)
{
    auto const& own = of.notes->response_description;
    std::vector<entry> entries;
    entries.push_back({std::to_string(of.status), own.empty() ? "Successful Response" : own, {}});
    if (!wire::is_bodiless(of.status)) entries.back().content = content_of(of, operation_id, names);
    for (auto const& one : of.notes->responses)
        merge(entries, one, of, operation_id, names);
    if (refusal) {
        entries.push_back(
            {std::to_string(unprocessable), "Validation Error",
             R"({"application/json":{"schema":{"$ref":"#/components/schemas/HTTPValidationError"}}})"});
    }
    json_object made;
    for (auto const& one : entries) {
        json_object response;
        response.text("description", one.description);
        if (!one.content.empty()) response.raw("content", one.content);
        made.raw(one.status, response.str());
    }
    return made.str();
}

} // namespace serval::openapi
