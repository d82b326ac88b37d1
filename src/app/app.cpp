#include "app/api_document.hpp"
#include "app/app_state.hpp"

#include <serval/app.hpp>

#include <mutex>
#include <stdexcept>
#include <string>
#include <utility>

namespace serval {

namespace {

std::shared_ptr<detail::app_state> make_state(app_info info)
{
    auto state = std::make_shared<detail::app_state>();
    state->info = std::move(info);
    state->root.app = state.get();
    return state;
}

} // namespace

void detail::app_state::must_be_open(char const* what) const
{
    if (frozen) throw std::logic_error(std::string{what} + " cannot be added: the app serves already");
}

void detail::app_state::must_not_be_served() const
{
    if (!hosts->any()) return;
    throw std::logic_error("a dependency cannot be overridden while a server or test_client of the app runs: "
                           "before it starts, or after its end");
}

app::app(app_info info) : app{make_state(std::move(info))} {}

app::app(std::shared_ptr<detail::app_state> state) : router{state->root}, app_state_{std::move(state)} {}

app::~app() = default;

app_info const& app::info() const noexcept
{
    return app_state_->info;
}

std::string app::openapi() const
{
    std::lock_guard const lock{app_state_->freezing};
    return app_state_->document ? *app_state_->document : app_impl::api_document(*app_state_);
}

background_handle app::background() const noexcept
{
    return background_handle{app_state_->hosts};
}

void app::add_startup(detail::bound_hook hook)
{
    app_state_->must_be_open("a start-up hook");
    app_state_->startup.push_back(std::move(hook));
}

void app::add_drain(detail::bound_hook hook)
{
    app_state_->must_be_open("a drain hook");
    app_state_->drain.push_back(std::move(hook));
}

void app::add_job(std::chrono::nanoseconds interval, detail::bound_hook hook, task_options options)
{
    app_state_->must_be_open("a periodic job");
    if (interval <= std::chrono::nanoseconds::zero())
        throw std::invalid_argument("serval: the interval of a periodic job must be positive");
    options.cancel_on_drain();
    app_state_->jobs.push_back(std::make_shared<detail::periodic_job const>(
        detail::periodic_job{interval, std::move(hook), std::move(options)}));
}

void app::add_shutdown(detail::bound_hook hook)
{
    app_state_->must_be_open("a shutdown hook");
    app_state_->shutdown.push_back(std::move(hook));
}

void app::add_exception_handler(detail::exception_answer handler)
{
    app_state_->must_be_open("an exception handler");
    app_state_->exception_answers.push_back(std::move(handler));
}

void app::set_on_refused(std::function<void(refusal const&, response&)> shape)
{
    app_state_->must_be_open("a hook for refused requests");
    app_state_->on_refused = std::move(shape);
}

void app::add_override(detail::dependency_table const* replaced, detail::bound_dependency by)
{
    std::lock_guard const lock{app_state_->freezing}; // what starts from now on goes by it
    app_state_->must_not_be_served();
    app_state_->overrides[replaced] = {by.table, std::move(by.callable)};
}

void app::remove_override(detail::dependency_table const* replaced)
{
    std::lock_guard const lock{app_state_->freezing};
    app_state_->must_not_be_served();
    app_state_->overrides.erase(replaced);
}

app& app::clear_dependency_overrides()
{
    std::lock_guard const lock{app_state_->freezing};
    app_state_->must_not_be_served();
    app_state_->overrides.clear();
    return *this;
}

} // namespace serval
