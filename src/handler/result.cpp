// From what a handler gave to the response.
#include "handler/response_model.hpp"
#include "model/encode.hpp"
#include "wire/response_head.hpp"

#include <serval/detail/handler_table.hpp>
#include <serval/response.hpp>

#include <stdexcept>
#include <string>
#include <utility>

namespace serval::detail {

void store_value(response& out, type_table const& type, void const* value)
{
    if (wire::is_bodiless(out.status())) return;
    out.content_type("application/json");
    out.body().clear();
    if (out.declared() != nullptr) return handler::append_declared(out.body(), *out.declared(), type, value);
    auto const result = model::encode(type, value, out.body());
    if (result == model::encode_result::ok) return;
    throw std::domain_error("the handler's result " + model::explain(type, value));
}

void store_text(response& out, std::string text)
{
    if (wire::is_bodiless(out.status())) return;
    out.content_type("text/plain; charset=utf-8");
    out.body(std::move(text));
}

void store_nothing(response& out)
{
    if (wire::is_bodiless(out.status())) return;
    out.content_type("application/json");
    out.body() = "null";
}

} // namespace serval::detail
