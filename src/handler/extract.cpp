#include "handler/extract.hpp"

#include "base/ascii.hpp"
#include "base/utf8.hpp"
#include "handler/form_reader.hpp"
#include "handler/large_json.hpp"
#include "model/constant_value.hpp"
#include "model/decode.hpp"
#include "model/decode_scalar.hpp"
#include "model/json_writer.hpp"
#include "wire/media_type.hpp"

#include <serval/body_stream.hpp>
#include <serval/detail/type_of.hpp>
#include <serval/http_error.hpp>
#include <serval/multipart_reader.hpp>

#include <forward_list>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace serval::handler {

namespace {

using detail::parameter_kind;
using detail::request_context;
using model::error_input;
using model::location;
using model::validation_errors;

/// Fills the slots of one call. A class only to spare passing four references from function to function.
class extraction {
public:
    extraction(request_context& x, validation_errors& errors) : x_{x}, errors_{errors} {}

    /// Gives the slot of a parameter what is at its address then, and `slot` that address.
    bool fill(bound_parameter const& p, void*& slot)
    {
        auto const kind = p.table->kind;
        slot = x_.frame.at(p.offset);
        switch (kind) {
        case parameter_kind::dependency: return true; // it has run before
        case parameter_kind::request: slot = &x_.request; return true;
        case parameter_kind::background_tasks: slot = &x_.background; return true;
        case parameter_kind::body_stream:
            ::new (slot) body_stream(*x_.body, x_.endpoint->max_body);
            return true;
        case parameter_kind::multipart_reader:
            x_.frame.expect_owned();
            ::new (slot) multipart_reader(multipart_source_of(x_));
            x_.frame.owns(&detail::destroy_value<multipart_reader>, slot);
            return true;
        default: break;
        }
        auto const& type = *p.table->type;
        x_.frame.expect_owned();
        type.construct(slot);
        x_.frame.owns(type.destroy, slot);
        switch (kind) {
        case parameter_kind::path: return text(p, "path", x_.state.path_values[p.capture], slot);
        case parameter_kind::query: return query(p, slot);
        case parameter_kind::header: return header(p, slot);
        case parameter_kind::cookie: return cookie(p, slot);
        case parameter_kind::body: return body(p, slot);
        case parameter_kind::query_model: return query_model(p, slot);
        case parameter_kind::header_model: return header_model(p, slot);
        case parameter_kind::form:
        case parameter_kind::file: return form(p, slot);
        case parameter_kind::form_model: return form_model(p, slot);
        default: return true;
        }
    }

private:
    /// What a header may have in any encoding as UTF-8, as queries, paths and forms are. Lives as long as
    /// `value` and the extraction.
    std::string_view utf8(std::string_view value)
    {
        if (base::is_valid_utf8(value)) return value;
        return repaired_.emplace_front(base::replace_invalid_utf8(value));
    }

    wire::query_string const& received_query()
    {
        if (query_ == nullptr) {
            query_ = &x_.state.parsed_query();
            if (x_.state.query_too_long) throw http_error(400, "Too many query parameters");
        }
        return *query_;
    }

    bool absent(bound_parameter const& p, location const& where, void* out)
    {
        if (p.required) {
            errors_.add_missing(where, error_input::null());
            return false;
        }
        model::store_constant(*p.table->type, p.table->default_value, out);
        return true;
    }

    bool text(bound_parameter const& p, std::string_view source, std::string_view value, void* out)
    {
        if (p.constraints.empty() && model::read_plain_text(*p.table->type, value, out)) return true;
        return judged_text(p, source, value, out);
    }

    [[gnu::noinline]] bool judged_text(bound_parameter const& p, std::string_view source,
                                       std::string_view value, void* out)
    {
        location const root{source};
        location const where{root, p.name};
        return model::decode_text(*p.table->type, p.constraints, value, out, where, errors_);
    }

    bool texts(bound_parameter const& p, std::string_view source, std::vector<std::string_view> const& values,
               void* out)
    {
        location const root{source};
        location const where{root, p.name};
        if (values.empty()) return absent(p, where, out);
        return model::decode_texts(*p.table->type, p.constraints, values, out, where, errors_);
    }

    bool missing(bound_parameter const& p, std::string_view source, void* out)
    {
        location const root{source};
        return absent(p, location{root, p.name}, out);
    }

    bool query(bound_parameter const& p, void* out)
    {
        auto const& received = received_query();
        if (p.many) {
            std::vector<std::string_view> values;
            for (auto const& pair : received.pairs()) {
                if (pair.key == p.name) values.push_back(pair.value);
            }
            return texts(p, "query", values, out);
        }
        auto const found = received.last(p.name);
        return found != nullptr ? text(p, "query", found->value, out) : missing(p, "query", out);
    }

    bool header(bound_parameter const& p, void* out)
    {
        if (p.many) {
            std::vector<std::string_view> values;
            for (auto const& field : x_.state.head.fields()) {
                if (base::iequals(field.name, p.name)) values.push_back(utf8(field.value));
            }
            return texts(p, "header", values, out);
        }
        auto const found = x_.state.head.find(p.name);
        return found != nullptr ? text(p, "header", utf8(found->value), out) : missing(p, "header", out);
    }

    bool cookie(bound_parameter const& p, void* out)
    {
        auto const found = x_.request.cookie(p.name);
        return found ? text(p, "cookie", utf8(*found), out) : missing(p, "cookie", out);
    }

    bool query_model(bound_parameter const& p, void* out)
    {
        std::vector<model::field> fields;
        for (auto const& pair : received_query().pairs())
            fields.push_back({pair.key, pair.value});
        return model::decode_fields(*p.table->type, fields, model::field_names::exact, out, location{"query"},
                                    errors_);
    }

    bool header_model(bound_parameter const& p, void* out)
    {
        std::vector<model::field> fields;
        for (auto const& field : x_.state.head.fields())
            fields.push_back({field.name, utf8(field.value)});
        return model::decode_fields(*p.table->type, fields, model::field_names::header, out,
                                    location{"header"}, errors_);
    }

    bool form(bound_parameter const& p, void* out)
    {
        std::vector<model::form_value> values;
        for (auto const& item : x_.form) {
            if (item.name == p.name) values.push_back(value_of(item));
        }
        location const root{"body"};
        location const where{root, p.name};
        if (values.empty() || (!p.many && values.back().is_empty_text())) return absent(p, where, out);
        return model::decode_form(*p.table->type, p.constraints, values, out, where, errors_);
    }

    bool form_model(bound_parameter const& p, void* out)
    {
        std::vector<model::field> fields;
        for (auto const& item : x_.form)
            fields.push_back({item.name, item.text, item.file ? &*item.file : nullptr,
                              item.content ? &*item.content : nullptr});
        return model::decode_fields(*p.table->type, fields, model::field_names::form, out, location{"body"},
                                    errors_);
    }

    static model::form_value value_of(http::form_item const& item)
    {
        return {item.text, item.file ? &*item.file : nullptr, item.content ? &*item.content : nullptr};
    }

    bool body(bound_parameter const& p, void* out)
    {
        location const root{"body"};
        bool const embedded = x_.endpoint->body == body_plan::embedded;
        std::optional<model::json_view> value;
        if (!x_.state.body.empty()) value = x_.document.root();
        if (embedded && value) {
            value = value->kind() == model::json_kind::object ? value->find(p.name) : std::nullopt;
        }
        location const inner{root, p.name};
        location const& where = embedded ? inner : root;
        if (!value || value->is_null()) {
            // FastAPI takes null for the absence of a body or a key, whatever the type would make of it.
            return absent(p, where, out);
        }
        return model::decode_json(*p.table->type, p.constraints, *value, out, where, errors_);
    }

    request_context& x_;
    validation_errors& errors_;
    wire::query_string const* query_ = nullptr;
    std::forward_list<std::string> repaired_;
};

} // namespace

bool reads_large_body(request_context const& x) noexcept
{
    return reads_json(*x.endpoint) && x.state.body.size() > large_json;
}

bool parse_body(request_context& x)
{
    if (!reads_json(*x.endpoint) || x.state.body.empty()) return true;
    x.body_parsed = true;
    std::string_view text = x.state.body;
    auto const type = x.state.head.find("content-type");
    // Compared first as nearly every client writes it, which is not worth a parse.
    bool const is_json = type != nullptr && (type->value == "application/json" || wire::is_json(type->value));
    if (!is_json) {
        // Not declared as JSON: not parsed. The text itself is validated, as a string.
        if (!base::is_valid_utf8(text)) throw http_error(400, "There was an error parsing the body");
        model::append_json_string(x.text_body, text);
        text = x.text_body;
    }
    switch (x.document.parse(text)) {
    case model::json_outcome::ok: return true;
    case model::json_outcome::undecodable: throw http_error(400, "There was an error parsing the body");
    case model::json_outcome::syntax_error: break;
    }
    auto const& error = x.document.error();
    std::string context = R"({"error":)";
    model::append_json_string(context, error.message);
    context += '}';
    validation_errors errors;
    location const root{"body"};
    errors.add(location{root, error.position}, "json_invalid", "JSON decode error", error_input::json("{}"),
               context);
    answer_errors(x, errors);
    return false;
}

bool extract(request_context& x, bound_call const& call, validation_errors& errors)
{
    extraction from{x, errors};
    auto const slots = static_cast<void**>(x.frame.at(call.slots_offset));
    bool good = true;
    for (auto const i : call.order)
        good = from.fill(call.parameters[i], slots[i]) && good;
    return good;
}

void answer_errors(request_context& x, validation_errors const& errors)
{
    x.answer.clear();
    x.answer.status(422);
    x.answer.content_type("application/json");
    x.answer.body(errors.body());
}

} // namespace serval::handler
