// From what a handler gave to the response.
#include "handler/large_json.hpp"
#include "handler/response_model.hpp"
#include "http/pool_call.hpp"
#include "model/encode.hpp"
#include "wire/response_head.hpp"

#include <serval/detail/handler_table.hpp>
#include <serval/response.hpp>

#include <cstddef>
#include <stdexcept>
#include <string>
#include <utility>

namespace serval::detail {

namespace {

/// False: it would be longer than `limit`.
bool store(response& out, type_table const& type, void const* value, std::size_t limit)
{
    if (wire::is_bodiless(out.status())) return true;
    out.content_type(content_kind::json);
    out.body().clear();
    if (out.declared() != nullptr)
        return handler::append_declared(out.body(), *out.declared(), type, value, limit);
    auto const result = model::encode(type, value, out.body(), model::encode_style::value, limit);
    if (result == model::encode_result::ok) return true;
    if (result == model::encode_result::too_long) return false;
    throw std::domain_error("the handler's result " + model::explain(type, value));
}

/// A visit of the pool.
class large_result final : public pool_call {
public:
    large_result(response& out, type_table const& type, owned_value value) noexcept
        : pool_call{[](pool_call& self) { static_cast<large_result&>(self).write(); }},
          out_{out},
          type_{type},
          value_{std::move(value)}
    {}

private:
    void write()
    {
        auto const value = std::move(value_); // ends here
        store_value(out_, type_, value.get());
    }

    response& out_;
    type_table const& type_;
    owned_value value_;
};

} // namespace

void store_value(response& out, type_table const& type, void const* value)
{
    store(out, type, value, model::no_limit);
}

bool store_small_value(response& out, type_table const& type, void const* value)
{
    return store(out, type, value, handler::large_json);
}

task<void> store_large_value(response& out, type_table const& type, owned_value value)
{
    large_result visit(out, type, std::move(value));
    co_await http::run_on_json_pool(visit); // in its turn: those who would go first could keep bodies out
}

void store_text(response& out, std::string&& text)
{
    if (wire::is_bodiless(out.status())) return;
    out.content_type(content_kind::text);
    out.body() = std::move(text);
}

void store_nothing(response& out)
{
    if (wire::is_bodiless(out.status())) return;
    out.content_type("application/json");
    out.body() = "null";
}

} // namespace serval::detail
