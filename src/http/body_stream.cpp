#include "http/body_source.hpp"

#include <serval/body_stream.hpp>

namespace serval {

task<std::string_view> body_stream::read_some()
{
    for (;;) {
        if (auto const piece = source_->next_piece(max_bytes_)) co_return *piece;
        co_await source_->receive();
    }
}

} // namespace serval
