// What the kinds of streams have in common.
#pragma once

#include "http/body_producer.hpp"

#include <atomic>
#include <string_view>

namespace serval::detail {

/// A stream is sent once, however many copies of its response there are.
class single_use_producer : public body_producer {
protected:
    /// Throws std::logic_error the second time.
    void begin();

private:
    std::atomic<bool> begun_{false}; // a kept response may be sent by several loops
};

/// Sets the content type; text gets a charset, as in Starlette.
void set_stream_type(response& out, std::string_view type);

} // namespace serval::detail
