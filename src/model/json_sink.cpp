#include "model/json_sink.hpp"

namespace serval::model {

std::string& json_sink::flush()
{
    out_.append(gathered_.data(), static_cast<std::size_t>(at_ - gathered_.data()));
    at_ = gathered_.data();
    return out_;
}

void json_sink::put_large(std::string_view text)
{
    flush().append(text);
}

void json_sink::put_any_string(std::string_view text)
{
    base::append_json_string(flush(), text);
}

} // namespace serval::model
