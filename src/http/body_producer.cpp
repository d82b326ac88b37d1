#include "http/body_producer.hpp"

namespace serval::http {

task<void> append_all(body_sink& out, std::string_view bytes)
{
    for (;;) {
        bytes.remove_prefix(out.append(bytes));
        if (bytes.empty()) co_return;
        co_await out.flush();
    }
}

} // namespace serval::http
