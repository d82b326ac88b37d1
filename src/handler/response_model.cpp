#include "handler/response_model.hpp"

#include "model/decode_form.hpp"
#include "model/model_layout.hpp"
#include "model/write_as.hpp"

#include <stdexcept>

namespace serval::handler {

void check_response_model(detail::type_table const& type)
{
    model::resolve(type);
    if (model::holds_file(type)) throw std::invalid_argument("its response model holds an upload_file");
}

bool append_declared(std::string& out, detail::type_table const& declared, detail::type_table const& type,
                     void const* value, std::size_t limit)
{
    auto errors = model::validation_errors::for_result();
    if (model::write_as(declared, type, value, out, errors, limit)) return true;
    if (errors.empty()) return false;
    throw std::domain_error("the handler's result is not what response_model declares: " + errors.told());
}

} // namespace serval::handler
