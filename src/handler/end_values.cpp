#include "handler/end_values.hpp"

#include "http/pool_call.hpp"

#include <exception>

namespace serval::handler {

namespace {

class pool_part final : public detail::pool_call {
public:
    explicit pool_part(call_frame& frame) noexcept
        : pool_call{[](pool_call& self) { static_cast<pool_part&>(self).frame_.clear_on_pool(); }},
          frame_{frame}
    {}

private:
    call_frame& frame_;
};

} // namespace

task<void> end_values(call_frame& frame)
{
    while (frame.clear_on_loop()) {
        pool_part on_pool{frame};
        bool ran = true;
        try {
            co_await http::run_first_on_pool(on_pool);
        } catch (...) { // the pool has stopped
            ran = false;
        }
        if (!ran) frame.clear();
    }
}

} // namespace serval::handler
