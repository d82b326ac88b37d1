// From what a handler gave to the response.
#include "model/encode.hpp"
#include "wire/response_head.hpp"

#include <serval/detail/handler_table.hpp>
#include <serval/response.hpp>

#include <stdexcept>
#include <utility>

namespace serval::detail {

void store_value(response& out, type_table const& type, void const* value)
{
    if (wire::is_bodiless(out.status())) return;
    out.content_type("application/json");
    out.body().clear();
    switch (model::encode(type, value, out.body())) {
    case model::encode_result::ok: return;
    case model::encode_result::not_finite:
        throw std::domain_error("the handler's result holds a NaN or an infinity, which JSON cannot express");
    case model::encode_result::too_deep:
        throw std::domain_error("the handler's result is nested too deep for JSON");
    }
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
