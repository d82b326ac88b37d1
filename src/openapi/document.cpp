#include "openapi/document.hpp"

#include "base/ascii.hpp"
#include "model/json_object.hpp"
#include "model/json_schema.hpp"
#include "model/schema_names.hpp"
#include "openapi/request.hpp"
#include "openapi/responses.hpp"

#include <cstddef>
#include <map>
#include <utility>

namespace serval::openapi {
namespace {

using model::json_object;

// FastAPI's own two schemas.
constexpr std::string_view validation_error_key = "ValidationError";
constexpr std::string_view http_validation_error_key = "HTTPValidationError";
constexpr std::string_view validation_error =
    R"({"properties":{"loc":{"items":{"anyOf":[{"type":"string"},{"type":"integer"}]},"type":"array",)"
    R"("title":"Location"},"msg":{"type":"string","title":"Message"},"type":{"type":"string",)"
    R"("title":"Error Type"},"input":{"title":"Input"},"ctx":{"type":"object","title":"Context"}},)"
    R"("type":"object","required":["loc","msg","type"],"title":"ValidationError"})";
constexpr std::string_view http_validation_error =
    R"({"properties":{"detail":{"items":{"$ref":"#/components/schemas/ValidationError"},"type":"array",)"
    R"("title":"Detail"}},"type":"object","title":"HTTPValidationError"})";

std::string info_object(document_info const& info)
{
    json_object made;
    made.text("title", info.title).text_if("summary", info.summary).text_if("description", info.description);
    made.text_if("termsOfService", info.terms_of_service);
    if (info.contact != nullptr) {
        json_object contact;
        contact.text_if("name", info.contact->name).text_if("url", info.contact->url);
        made.raw("contact", contact.text_if("email", info.contact->email).str());
    }
    if (info.license != nullptr) {
        json_object license;
        license.text("name", info.license->name).text_if("identifier", info.license->identifier);
        made.raw("license", license.text_if("url", info.license->url).str());
    }
    return made.text("version", info.version).str();
}

std::string servers_array(std::span<api_server const> servers)
{
    std::vector<std::string> texts;
    for (auto const& one : servers) {
        json_object server;
        texts.push_back(server.text("url", one.url).text_if("description", one.description).str());
    }
    return model::json_array(texts);
}

std::string tags_array(std::span<api_tag const> tags)
{
    std::vector<std::string> texts;
    for (auto const& one : tags) {
        json_object tag;
        texts.push_back(tag.text("name", one.name).text_if("description", one.description).str());
    }
    return model::json_array(texts);
}

class writer {
public:
    explicit writer(std::vector<operation> const& operations)
        : operations_{operations},
          ids_{operation_ids(operations)}
    {
        names_.reserve(std::string{validation_error_key});
        names_.reserve(std::string{http_validation_error_key});
        for (std::size_t i = 0; i != operations.size(); ++i) {
            requests_.emplace_back(operations[i], ids_[i]);
            requests_.back().add_types(names_);
            add_response_types(operations[i], names_);
        }
        names_.settle();
    }

    std::string paths()
    {
        std::vector<std::pair<std::string, json_object>> by_path;
        for (std::size_t i = 0; i != operations_.size(); ++i) {
            auto const& path = operations_[i].pattern->openapi_path();
            std::size_t at = 0;
            while (at != by_path.size() && by_path[at].first != path)
                ++at;
            if (at == by_path.size()) by_path.emplace_back(path, json_object{});
            std::string method;
            for (char const c : to_string(operations_[i].method))
                method += base::to_lower(c);
            // `{x:int}` and `{x}` are one path there: the first is shown.
            std::string operation = operation_object(i);
            if (!by_path[at].second.contains(method)) by_path[at].second.raw(method, std::move(operation));
        }
        json_object made;
        for (auto const& [path, item] : by_path)
            made.raw(path, item.str());
        return made.str();
    }

    /// `components/schemas`; call after `paths`. Empty when there are none.
    json_object schemas() const
    {
        std::map<std::string, std::string> sorted; // FastAPI sorts by name
        for (auto const& [key, type] : names_.types())
            sorted.emplace(key, model::component_schema(*type, names_));
        for (auto const& request : requests_) {
            if (!request.body_key().empty()) sorted.emplace(request.body_key(), request.body_schema(names_));
        }
        if (refusals_) {
            sorted.emplace(validation_error_key, validation_error);
            sorted.emplace(http_validation_error_key, http_validation_error);
        }
        json_object made;
        for (auto& [key, json] : sorted)
            made.raw(key, std::move(json));
        return made;
    }

private:
    std::string operation_object(std::size_t i)
    {
        auto const& of = operations_[i];
        auto const& request = requests_[i];
        bool const refusal = documents_refusal(of, request.is_validated());
        refusals_ = refusals_ || refusal;
        json_object made;
        if (!of.tags->empty()) made.raw("tags", model::json_string_array(*of.tags));
        made.text("summary", of.summary.empty() ? model::title_of(of.name) : std::string{of.summary});
        made.text_if("description", of.description).text("operationId", ids_[i]);
        if (of.deprecated) made.boolean("deprecated", true);
        if (auto parameters = request.parameters(names_); !parameters.empty())
            made.raw("parameters", std::move(parameters));
        if (auto body = request.body(names_); !body.empty()) made.raw("requestBody", std::move(body));
        return made.raw("responses", responses(of, ids_[i], refusal, names_)).str();
    }

    std::vector<operation> const& operations_;
    std::vector<std::string> ids_;
    std::vector<request_description> requests_;
    model::schema_names names_;
    bool refusals_ = false;
};

} // namespace

std::string document(document_info const& info, std::vector<operation> const& operations)
{
    writer from{operations};
    json_object made;
    made.text("openapi", openapi_version).raw("info", info_object(info));
    if (!info.servers.empty()) made.raw("servers", servers_array(info.servers));
    made.raw("paths", from.paths());
    if (auto const schemas = from.schemas(); !schemas.empty()) {
        json_object components;
        made.raw("components", components.raw("schemas", schemas.str()).str());
    }
    if (!info.tags.empty()) made.raw("tags", tags_array(info.tags));
    return made.str();
}

} // namespace serval::openapi
