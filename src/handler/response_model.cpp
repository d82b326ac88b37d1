#include "handler/response_model.hpp"

#include "handler/endpoint.hpp"
#include "model/decode.hpp"
#include "model/decode_form.hpp"
#include "model/encode.hpp"
#include "model/json_document.hpp"
#include "model/model_layout.hpp"
#include "model/owned_value.hpp"
#include "wire/response_head.hpp"

#include <stdexcept>
#include <string>
#include <utility>

namespace serval::handler {

namespace {

[[noreturn]] void refuse(std::string_view why)
{
    throw std::domain_error("the handler's result is not what response_model declares: " + std::string{why});
}

/// `json`, read as a `type` and written again.
std::string conform(detail::type_table const& type, std::string const& json)
{
    model::json_document document;
    if (document.parse(json) != model::json_outcome::ok) refuse("it is no JSON that can be read again");
    auto const value = model::make_value(type);
    model::validation_errors errors;
    if (!model::decode_json(type, document.root(), value.get(), model::location{"response"}, errors))
        refuse(errors.body());
    std::string out;
    if (model::encode(type, value.get(), out, model::encode_style::model) != model::encode_result::ok)
        refuse("it cannot be written as JSON");
    return out;
}

} // namespace

void check_response_model(detail::type_table const& type)
{
    model::resolve(type);
    if (model::holds_file(type)) throw std::invalid_argument("its response model holds an upload_file");
}

void apply_response_model(detail::exchange& x)
{
    if (x.endpoint->response_model == nullptr || wire::is_bodiless(x.answer.status())) return;
    x.answer.body(conform(*x.endpoint->response_model, x.answer.body()));
}

task<void> finish_with_response_model(detail::exchange& x, task<void> running)
{
    if (running.valid()) co_await std::move(running);
    apply_response_model(x);
}

} // namespace serval::handler
