#include "openapi/request.hpp"

#include "model/constant_value.hpp"
#include "model/decode_form.hpp"
#include "model/json_object.hpp"
#include "model/json_schema.hpp"
#include "model/model_layout.hpp"

#include <algorithm>
#include <cstddef>
#include <set>

namespace serval::openapi {
namespace {

using detail::parameter_kind;
using detail::type_kind;
using handler::body_plan;
using handler::bound_parameter;
using model::json_object;
using model::schema_names;
using model::schema_order;

/// The parameters of the handler, then those of its dependencies, each of these once: FastAPI's order.
class flattener {
public:
    explicit flattener(handler::endpoint const& of) : of_{of} { visit(of.handler_call()); }

    std::vector<bound_parameter const*> found;

private:
    void visit(handler::bound_call const& call)
    {
        for (auto const& one : call.parameters)
            found.push_back(&one);
        for (auto const& one : call.parameters) {
            if (one.table->kind == parameter_kind::dependency && seen_.insert(one.dependency).second)
                visit(of_.calls[one.dependency]);
        }
    }

    handler::endpoint const& of_;
    std::set<std::uint16_t> seen_;
};

std::string_view place_of(parameter_kind kind)
{
    switch (kind) {
    case parameter_kind::path: return "path";
    case parameter_kind::query:
    case parameter_kind::query_model: return "query";
    case parameter_kind::header:
    case parameter_kind::header_model: return "header";
    case parameter_kind::cookie: return "cookie";
    default: return {};
    }
}

bool is_group(parameter_kind kind)
{
    return kind == parameter_kind::query_model || kind == parameter_kind::header_model ||
           kind == parameter_kind::form_model;
}

bool is_part_of_body(parameter_kind kind)
{
    return kind == parameter_kind::body || kind == parameter_kind::form || kind == parameter_kind::file ||
           kind == parameter_kind::form_model;
}

/// JSON's `null` when there is no default: schemas leave it out.
std::string default_of(bound_parameter const& one)
{
    return one.required ? std::string{} : model::constant_json(*one.table->type, one.table->default_value);
}

/// The list of `parameters`, in which a name stands once: one that is required wins.
class parameter_list {
public:
    void add(std::string_view name, std::string_view in, bool required, std::string schema,
             std::string_view description)
    {
        json_object made;
        made.text("name", name).text("in", in).boolean("required", required).raw("schema", std::move(schema));
        made.text_if("description", description);
        std::string key{in};
        key += ' ';
        key += name;
        for (auto& [known, is_required, json] : entries_) {
            if (known != key) continue;
            if (required || !is_required) json = made.str();
            is_required = is_required || required;
            return;
        }
        entries_.push_back({std::move(key), required, made.str()});
    }

    std::string str() const
    {
        if (entries_.empty()) return {};
        std::vector<std::string_view> texts;
        for (auto const& one : entries_)
            texts.push_back(one.json);
        return model::json_array(texts);
    }

    bool contains(std::string_view key) const
    {
        return std::any_of(entries_.begin(), entries_.end(), [&](auto const& one) { return one.key == key; });
    }

private:
    struct entry {
        std::string key;
        bool required;
        std::string json;
    };
    std::vector<entry> entries_;
};

void add_group(parameter_list& list, bound_parameter const& group, schema_names const& names)
{
    auto const& type = *group.table->type;
    auto const initial = model::initial_members_json(type);
    auto const& members = model::model_layout_of(type).members;
    bool const header = group.table->kind == parameter_kind::header_model;
    for (std::size_t i = 0; i != members.size(); ++i) {
        auto const& member = members[i];
        std::string const& name = header ? member.header_name : member.key;
        std::string const title = model::title_of(name);
        list.add(name, place_of(group.table->kind), member.required,
                 model::titled_schema(*member.type,
                                      {.constraints = member.declared,
                                       .default_json = initial[i],
                                       .title = title,
                                       .description = member.description},
                                      names, schema_order::paths),
                 member.description);
    }
}

void add_parameter(parameter_list& list, bound_parameter const& one, schema_names const& names)
{
    auto const& table = *one.table;
    if (is_group(table.kind)) return add_group(list, one, names);
    std::string const title = model::title_of(one.name);
    bool const required = one.required || table.kind == parameter_kind::path; // OpenAPI knows no other paths
    list.add(one.name, place_of(table.kind), required,
             model::titled_schema(*table.type,
                                  {.constraints = table.constraints,
                                   .default_json = default_of(one),
                                   .title = title,
                                   .description = table.description},
                                  names, schema_order::paths),
             table.description);
}

std::string_view type_of_converter(routing::converter kind)
{
    switch (kind) {
    case routing::converter::integer: return "integer";
    case routing::converter::floating_point: return "number";
    default: return "string";
    }
}

/// What the pattern has and no parameter reads (the handler may ask the request for it). OpenAPI wants each
/// `{name}` of a path declared.
void add_unread_path(parameter_list& list, routing::path_pattern const& pattern)
{
    for (auto const& one : pattern.parameters()) {
        if (list.contains("path " + one.name)) continue;
        json_object schema;
        schema.text("type", type_of_converter(one.kind));
        if (one.kind == routing::converter::uuid) schema.text("format", "uuid");
        schema.text("title", model::title_of(one.name));
        list.add(one.name, "path", true, schema.str(), {});
    }
}

bool may_have_body(method m)
{
    return m != method::options && m != method::trace;
}

} // namespace

request_description::request_description(operation const& of, std::string operation_id) : of_{of}
{
    for (auto const* one : flattener{*of.endpoint}.found) {
        auto const kind = one->table->kind;
        if (!place_of(kind).empty()) fields_.push_back(one);
        if (is_part_of_body(kind) && may_have_body(of.method)) body_.push_back(one);
    }
    auto const rank = [](bound_parameter const* one) { return place_of(one->table->kind); };
    std::vector<bound_parameter const*> sorted;
    for (std::string_view const place : {"path", "query", "header", "cookie"}) {
        for (auto const* one : fields_) {
            if (rank(one) == place) sorted.push_back(one);
        }
    }
    fields_ = std::move(sorted);
    bool const own_model = body_.size() == 1 && is_group(body_.front()->table->kind);
    if (!body_.empty() && of.endpoint->body != body_plan::whole && !own_model)
        body_key_ = "Body_" + std::move(operation_id);
}

bool request_description::has_fields_in_body() const noexcept
{
    return !body_.empty();
}

bool request_description::any_required() const
{
    return std::any_of(body_.begin(), body_.end(), [](bound_parameter const* one) {
        if (!is_group(one->table->kind)) return one->required;
        auto const& members = model::model_layout_of(*one->table->type).members;
        return std::any_of(members.begin(), members.end(),
                           [](auto const& member) { return member.required; });
    });
}

bool request_description::takes_files() const
{
    return std::any_of(body_.begin(), body_.end(), [](bound_parameter const* one) {
        // Also of a file as text or bytes.
        return one->table->kind == parameter_kind::file || model::holds_file(*one->table->type);
    });
}

void request_description::add_types(schema_names& names)
{
    auto const add_members = [&](detail::type_table const& group) {
        for (auto const& member : model::model_layout_of(group).members)
            names.add(*member.type);
    };
    for (auto const* one : fields_) {
        if (is_group(one->table->kind)) {
            add_members(*one->table->type);
        } else {
            names.add(*one->table->type);
        }
    }
    for (auto const* one : body_) {
        if (is_group(one->table->kind) && !body_key_.empty()) {
            add_members(*one->table->type); // they become properties of the Body_… schema
        } else {
            names.add(*one->table->type);
        }
    }
    if (!body_key_.empty()) body_key_ = names.reserve(model::component_key(body_key_));
}

std::string request_description::parameters(schema_names const& names) const
{
    parameter_list list;
    bool paths = true;
    for (auto const* one : fields_) {
        if (paths && one->table->kind != parameter_kind::path) {
            add_unread_path(list, *of_.pattern);
            paths = false;
        }
        add_parameter(list, *one, names);
    }
    if (paths) add_unread_path(list, *of_.pattern);
    return list.str();
}

std::string request_description::media_type() const
{
    switch (of_.endpoint->body) {
    case body_plan::whole:
    case body_plan::embedded: return "application/json";
    case body_plan::form: return takes_files() ? "multipart/form-data" : "application/x-www-form-urlencoded";
    default: break;
    }
    if (!of_.notes->request_media_type.empty()) return of_.notes->request_media_type;
    auto const read = flattener{*of_.endpoint}.found;
    bool const parts = std::any_of(read.begin(), read.end(), [](bound_parameter const* one) {
        return one->table->kind == parameter_kind::multipart_reader;
    });
    return parts ? "multipart/form-data" : "application/octet-stream";
}

std::string request_description::content_schema(schema_names const& names) const
{
    if (!body_key_.empty()) {
        json_object made;
        return made.text("$ref", "#/components/schemas/" + body_key_).str();
    }
    if (!body_.empty()) {
        auto const& one = *body_.front();
        return model::titled_schema(*one.table->type,
                                    {.constraints = one.table->constraints,
                                     .default_json = default_of(one),
                                     .title = {},
                                     .description = one.table->description},
                                    names, schema_order::paths);
    }
    json_object made;
    if (media_type() == "multipart/form-data") return made.text("type", "object").str();
    made.text("type", "string");
    if (media_type().starts_with("text/")) return made.str();
    return made.text("format", "binary").text("contentMediaType", media_type()).str();
}

std::string request_description::body(schema_names const& names) const
{
    bool const read_by_handler =
        may_have_body(of_.method) && (of_.endpoint->body == body_plan::streamed || of_.reads_body);
    if (body_.empty() && !read_by_handler) return {};
    json_object content;
    content.raw("schema", content_schema(names));
    if (!of_.notes->body_example.empty()) content.raw("example", of_.notes->body_example);
    json_object by_type;
    by_type.raw(media_type(), content.str());
    json_object made;
    made.raw("content", by_type.str());
    if (any_required()) made.boolean("required", true);
    return made.str();
}

std::string request_description::body_schema(schema_names const& names) const
{
    std::vector<model::schema_property> properties;
    for (auto const* one : body_) {
        if (is_group(one->table->kind)) {
            for (auto& member : model::model_properties(*one->table->type, names, schema_order::components))
                properties.push_back(std::move(member));
            continue;
        }
        std::string const title = model::title_of(one->name);
        properties.push_back({one->name,
                              model::value_schema(*one->table->type,
                                                  {.constraints = one->table->constraints,
                                                   .default_json = default_of(*one),
                                                   .title = title,
                                                   .description = one->table->description},
                                                  names, schema_order::components),
                              one->required});
    }
    return model::object_schema(properties, body_key_);
}

} // namespace serval::openapi
