#include "handler/endpoint.hpp"

#include "model/constant_value.hpp"
#include "model/decode.hpp"
#include "model/decode_form.hpp"
#include "model/model_layout.hpp"

#include <serval/body_stream.hpp>
#include <serval/detail/stream_item.hpp>
#include <serval/multipart_reader.hpp>

#include <algorithm>
#include <stdexcept>

namespace serval::handler {

namespace {

using detail::parameter_kind;

std::string_view kind_name(parameter_kind kind)
{
    switch (kind) {
    case parameter_kind::path: return "path";
    case parameter_kind::query: return "query";
    case parameter_kind::header: return "header";
    case parameter_kind::cookie: return "cookie";
    case parameter_kind::body: return "body";
    case parameter_kind::query_model: return "query_model";
    case parameter_kind::header_model: return "header_model";
    case parameter_kind::form: return "form";
    case parameter_kind::file: return "file";
    case parameter_kind::form_model: return "form_model";
    case parameter_kind::dependency: return "depends";
    case parameter_kind::request: return "request";
    case parameter_kind::body_stream: return "body_stream";
    case parameter_kind::multipart_reader: return "multipart_reader";
    case parameter_kind::background_tasks: return "background_tasks";
    }
    return "?";
}

class binder {
public:
    binder(endpoint& made, route_description const& route, replacements const& overrides)
        : made_{made},
          route_{route},
          overrides_{overrides}
    {}

    void bind(detail::handler_table const& table)
    {
        bound_call handler;
        bind_parameters(handler, table.parameters);
        made_.calls.push_back(std::move(handler));
        check_bodies();
        order_calls();
        made_.frame_bytes = frame_;
    }

private:
    [[noreturn]] void fail(std::string const& what) const
    {
        throw std::invalid_argument("route " + route_.display + ": " + what);
    }

    std::uint32_t place(std::size_t bytes, std::size_t alignment)
    {
        if (alignment > alignof(std::max_align_t)) fail("a parameter is aligned beyond what serval supports");
        frame_ = static_cast<std::uint32_t>((frame_ + alignment - 1) / alignment * alignment);
        auto const at = frame_;
        frame_ += static_cast<std::uint32_t>(bytes);
        return at;
    }

    void bind_parameters(bound_call& call, std::span<detail::parameter_table const> tables)
    {
        for (auto const& table : tables)
            call.parameters.push_back(bind_parameter(table));
        call.slots_offset = place(tables.size() * sizeof(void*), alignof(void*));
        call.order.resize(tables.size());
        for (std::size_t i = 0; i != tables.size(); ++i)
            call.order[i] = static_cast<std::uint16_t>(i);
        std::sort(call.order.begin(), call.order.end(), [&](auto a, auto b) {
            // By declaration among equals: std::stable_sort uses what C++17 deprecates, and clang says so.
            auto const left = rank(call.parameters[a].table->kind);
            auto const right = rank(call.parameters[b].table->kind);
            return left != right ? left < right : a < b;
        });
    }

    // FastAPI's order of errors; a group stands with its source.
    static int rank(parameter_kind kind)
    {
        switch (kind) {
        case parameter_kind::dependency: return 0;
        case parameter_kind::path: return 1;
        case parameter_kind::query:
        case parameter_kind::query_model: return 2;
        case parameter_kind::header:
        case parameter_kind::header_model: return 3;
        case parameter_kind::cookie: return 4;
        default: return 5;
        }
    }

    bound_parameter bind_parameter(detail::parameter_table const& table)
    {
        bound_parameter bound;
        bound.table = &table;
        bound.name = std::string{table.name};
        if (table.kind == parameter_kind::request || table.kind == parameter_kind::background_tasks)
            return bound;
        if (table.kind == parameter_kind::body_stream || table.kind == parameter_kind::multipart_reader) {
            ++readers_;
            bound.offset = table.kind == parameter_kind::body_stream
                               ? place(sizeof(body_stream), alignof(body_stream))
                               : place(sizeof(multipart_reader), alignof(multipart_reader));
            return bound;
        }
        if (table.kind == parameter_kind::dependency) {
            bound.dependency = bind_dependency(*table.dependency);
            bound.offset = made_.calls[bound.dependency].result_offset;
            return bound;
        }
        if (table.kind == parameter_kind::header)
            std::replace(bound.name.begin(), bound.name.end(), '_', '-');
        bind_value(bound);
        return bound;
    }

    void bind_value(bound_parameter& bound)
    {
        auto const& table = *bound.table;
        auto const owner = "route " + route_.display + ": " + std::string{kind_name(table.kind)} + "<\"" +
                           bound.name + "\">";
        model::resolve(*table.type);
        model::check_constant(*table.type, table.default_value, owner);
        bound.constraints = model::resolve_constraints(table.constraints, *table.type, owner);
        bound.required = table.default_value.is == detail::constant::kind::none &&
                         table.type->kind != detail::type_kind::optional &&
                         table.type->kind != detail::type_kind::defaulted;
        bound.offset = place(table.type->size, table.type->alignment);
        switch (table.kind) {
        case parameter_kind::query_model: check_group(table, model::field_names::exact); break;
        case parameter_kind::header_model: check_group(table, model::field_names::header); break;
        case parameter_kind::form_model:
            check_group(table, model::field_names::form);
            ++forms_;
            break;
        case parameter_kind::body:
            ++bodies_;
            if (table.name.empty()) ++whole_bodies_;
            if (model::holds_file(*table.type)) fail("a JSON body cannot hold an upload_file");
            break;
        default: check_named(bound, owner);
        }
        if (table.kind != parameter_kind::path) return;
        if (bound.many)
            throw std::invalid_argument(owner + " is a list, but a path has one value for a name");
        bound.capture = capture_of(bound.name);
    }

    void check_named(bound_parameter& bound, std::string const& owner)
    {
        auto const& table = *bound.table;
        bool const form = table.kind == parameter_kind::form || table.kind == parameter_kind::file;
        if (table.name.empty()) fail("a parameter has an empty name");
        if (table.kind != parameter_kind::file && !model::is_textual(*table.type))
            throw std::invalid_argument(owner + " has a type that cannot be read from text");
        bound.many = model::takes_many(*table.type);
        if (form) ++forms_;
        if (table.kind == parameter_kind::file) add_file(table);
    }

    /// A file is received either into memory or as an upload: its parameters must agree.
    void add_file(detail::parameter_table const& table)
    {
        auto& kept = made_.bytes_fields;
        bool const in_memory = model::bare_type(*table.type).kind == detail::type_kind::bytes;
        auto& mine = in_memory ? kept : uploads_;
        auto const& others = in_memory ? uploads_ : kept;
        if (std::find(others.begin(), others.end(), table.name) != others.end())
            fail("file<\"" + std::string{table.name} + "\"> is an upload_file and text at once");
        mine.push_back(table.name);
    }

    void check_group(detail::parameter_table const& table, model::field_names names) const
    {
        if (table.type->kind != detail::type_kind::model)
            fail(std::string{kind_name(table.kind)} + "<> needs a model");
        try {
            model::check_fields_model(*table.type, names);
        } catch (std::invalid_argument const& error) {
            fail(error.what());
        }
    }

    std::uint8_t capture_of(std::string const& name) const
    {
        auto const found = std::find(route_.path_names.begin(), route_.path_names.end(), name);
        if (found == route_.path_names.end()) {
            fail("its handler takes path<\"" + name + "\">, but the pattern has no {" + name + "}");
        }
        return static_cast<std::uint8_t>(found - route_.path_names.begin());
    }

    std::uint16_t bind_dependency(detail::dependency_table const& wanted)
    {
        auto const override = overrides_.find(&wanted);
        auto const& table = override == overrides_.end() ? wanted : *override->second.table;
        for (std::size_t i = 0; i != made_.calls.size(); ++i) {
            if (made_.calls[i].dependency == &table) return static_cast<std::uint16_t>(i);
        }
        if (std::find(open_.begin(), open_.end(), &table) != open_.end())
            fail("a dependency depends on itself");
        open_.push_back(&table);
        bound_call call;
        call.dependency = &table;
        call.callable = override != overrides_.end()
                            ? override->second.callable
                            : std::shared_ptr<void>{std::shared_ptr<void>{}, table.callable}; // owns nothing
        bind_parameters(call, table.parameters);
        call.result_offset = place(table.size, table.alignment);
        open_.pop_back();
        made_.calls.push_back(std::move(call));
        return static_cast<std::uint16_t>(made_.calls.size() - 1);
    }

    /// Moves the dependencies that need nothing of the body before the others. Their order stays: what one
    /// depends on needs nothing of the body either.
    void order_calls()
    {
        auto& calls = made_.calls;
        std::vector<bool> late;
        for (auto& call : calls)
            late.push_back(needs_body(call, late));
        std::vector<std::uint16_t> place(calls.size());
        std::vector<bound_call> ordered;
        for (bool const wanted : {false, true}) {
            for (std::size_t i = 0; i + 1 < calls.size(); ++i) {
                if (late[i] != wanted) continue;
                place[i] = static_cast<std::uint16_t>(ordered.size());
                ordered.push_back(std::move(calls[i]));
            }
            if (!wanted) made_.early_calls = ordered.size();
        }
        ordered.push_back(std::move(calls.back()));
        for (auto& call : ordered) {
            for (auto& parameter : call.parameters) {
                if (parameter.table->kind == parameter_kind::dependency)
                    parameter.dependency = place[parameter.dependency];
            }
        }
        calls = std::move(ordered);
    }

    /// Whether a call has to wait for the body; `late` tells it of those before.
    bool needs_body(bound_call& call, std::vector<bool> const& late) const
    {
        bool after_body = false;
        for (auto const& p : call.parameters) {
            auto const kind = p.table->kind;
            call.takes_body = call.takes_body || is_of_body(kind);
            after_body = after_body || (kind == parameter_kind::dependency && late[p.dependency]) ||
                         (kind == parameter_kind::request && route_.reads_body);
        }
        return after_body || call.takes_body;
    }

    static bool is_of_body(parameter_kind kind)
    {
        switch (kind) {
        case parameter_kind::body:
        case parameter_kind::form:
        case parameter_kind::file:
        case parameter_kind::form_model:
        case parameter_kind::body_stream:
        case parameter_kind::multipart_reader: return true;
        default: return false;
        }
    }

    void check_bodies()
    {
        if (whole_bodies_ > 1 || (whole_bodies_ == 1 && bodies_ > 1)) {
            fail("several body<> parameters share the body: give each a name, body<T, \"name\">");
        }
        int const kinds = (bodies_ != 0 ? 1 : 0) + (forms_ != 0 ? 1 : 0) + readers_;
        if (kinds > 1) {
            fail("its parameters read the body in several ways: it is JSON (body<>), a form (form<>, file<>, "
                 "files<>, form_model<>) or what one body_stream& or multipart_reader& reads");
        }
        if (bodies_ != 0) made_.body = whole_bodies_ == 1 ? body_plan::whole : body_plan::embedded;
        if (forms_ != 0) made_.body = body_plan::form;
        if (readers_ != 0) made_.body = body_plan::streamed;
    }

    endpoint& made_;
    route_description const& route_;
    replacements const& overrides_;
    std::vector<detail::dependency_table const*> open_;
    std::vector<std::string_view> uploads_; // names of files that are no text
    std::uint32_t frame_ = 0;
    int bodies_ = 0;
    int whole_bodies_ = 0;
    int forms_ = 0;   // parameters that are fields of a form
    int readers_ = 0; // body_stream& and multipart_reader&
};

} // namespace

endpoint bind_endpoint(detail::handler_table const& table, void* callable, route_description const& route,
                       replacements const& overrides)
{
    endpoint made;
    made.table = &table;
    made.callable = callable;
    made.path_names = route.path_names;
    binder{made, route, overrides}.bind(table);
    if (table.stream != nullptr && table.stream->type != nullptr) model::resolve(*table.stream->type);
    if (table.result != nullptr) {
        model::resolve(*table.result);
        if (model::holds_file(*table.result))
            throw std::invalid_argument("route " + route.display + ": its result holds an upload_file");
    }
    return made;
}

} // namespace serval::handler
