// The application: what there is to serve.
#pragma once

#include <serval/api_description.hpp>
#include <serval/background_tasks.hpp>
#include <serval/http_error.hpp>
#include <serval/refusal.hpp>
#include <serval/router.hpp>

#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace serval {

namespace detail {

struct app_state; // src/app/app_state.hpp

template <class E>
[[noreturn]] void throw_pointer_to()
{
    throw static_cast<E const*>(nullptr);
}

template <class E>
bool catches_pointer(void (*throw_pointer)())
{
    try {
        throw_pointer();
    } catch (E const*) {
        return true;
    } catch (...) {
    }
    return false;
}

struct bound_dependency {
    dependency_table const* table;
    std::shared_ptr<void> callable;
};

/// What a hook is once its kind no longer matters: a coroutine to await or a function for the pool.
struct bound_hook {
    std::function<task<void>()> coroutine;
    std::function<void()> plain;
};

template <class F>
bound_hook bind_hook(F&& hook)
{
    bound_hook made;
    if constexpr (is_task<std::invoke_result_t<F&>>) {
        made.coroutine = std::forward<F>(hook);
    } else {
        made.plain = std::forward<F>(hook);
    }
    return made;
}

} // namespace detail

/// What the OpenAPI document says of the API as a whole, and where it is: FastAPI's arguments.
struct app_info {
    std::string title = "serval";
    std::string version = "0.1.0";
    std::string description{};
    /// Where the OpenAPI document is; empty: nowhere, and there are no documentation pages.
    ///
    /// A GET route of the application with the same path is served instead. An address that does not begin
    /// with '/' or has parameters: `std::invalid_argument` at start.
    std::string openapi_url = "/openapi.json";
    /// Where Swagger UI shows the document; its files are below, in "/docs/assets/". Empty: nowhere.
    ///
    /// A GET route of the application with the same path is served instead. The page wears the middleware of
    /// the app. Its Content-Security-Policy lets it talk to its own host only; see docs/docs-pages.md.
    /// An address that does not begin with '/', has parameters or stands here twice: `std::invalid_argument`
    /// at start.
    std::string docs_url = "/docs";
    /// Likewise ReDoc.
    std::string redoc_url = "/redoc";
    /// Titles of the two pages; empty: `title` with " - Swagger UI" and " - ReDoc".
    std::string docs_title{};
    std::string redoc_title{};
    /// Settings of Swagger UI as a JSON object, e.g. R"({"docExpansion": "none"})", as FastAPI's
    /// `swagger_ui_parameters`. Anything else: `std::invalid_argument` at start.
    std::string swagger_ui_parameters{};
    /// Answers a path that differs by a trailing slash with a 307 to the one that exists, by a Location
    /// without scheme and host. A catch-all (`{rest:path}`) gives way to that.
    bool redirect_slashes = true;
    /// One line; `description` may be long, and Markdown.
    std::string summary{};
    std::string terms_of_service{}; ///< a URL
    std::optional<api_contact> contact{};
    std::optional<api_license> license{};
    std::vector<api_server> servers{};
    std::vector<api_tag> openapi_tags{};
};

/// A mutable description of an application: routes, middleware, hooks. Starting a server or a test_client
/// freezes it; one app can be served by several. Not thread-safe while it is described; immutable and shared
/// afterwards.
class app : public router {
public:
    explicit app(app_info info = {});
    ~app();

    app_info const& info() const noexcept;

    /// The OpenAPI 3.1 document, as compact JSON: what `app_info::openapi_url` serves, without a server.
    ///
    /// Throws std::invalid_argument when two routes have the same operationId, naming both; a server or
    /// test_client throws it when it starts.
    std::string openapi() const;

    /// Runs before the first connection is accepted, in order; a coroutine on the first loop, a plain
    /// function on the pool. An exception stops the start.
    template <class F>
    app& on_startup(F&& hook)
    {
        add_startup(detail::bind_hook(std::forward<F>(hook)));
        return *this;
    }

    /// Runs when the server begins to drain, in order, while requests in flight go on: to tell a registry,
    /// say. A coroutine on the first loop, a plain function on the pool. The drain waits for it as for a
    /// request. An exception is logged, and the next one runs. See `request::draining` for what handlers see.
    template <class F>
    app& on_drain(F&& hook)
    {
        add_drain(detail::bind_hook(std::forward<F>(hook)));
        return *this;
    }

    /// Calls `job` again and again while a server runs, the first time `interval` after its start-up hooks: a
    /// coroutine on a loop, a plain function on the pool. Calls are `interval` apart and never overlap: one
    /// that takes longer delays the next. An exception is logged, and the next call comes all the same.
    ///
    /// Each server of the app does so. It is a background task that ends when the drain begins
    /// (`task_options::cancel_on_drain`); `options` may name it. Throws std::invalid_argument unless
    /// `interval` is positive.
    template <class F>
    app& every(std::chrono::nanoseconds interval, F&& job, task_options options = {})
    {
        add_job(interval, detail::bind_hook(std::forward<F>(job)), std::move(options));
        return *this;
    }

    /// Runs after the last request, in reverse order, all of them. An exception is logged.
    template <class F>
    app& on_shutdown(F&& hook)
    {
        add_shutdown(detail::bind_hook(std::forward<F>(hook)));
        return *this;
    }

    /// Answers exceptions of type `E` (and derived) thrown by handlers and dependencies: `response(request&,
    /// E const&)`.
    ///
    /// The most derived type that fits wins, of equal and unrelated ones the latest registered. `http_error`
    /// has a handler already, which one for `http_error` replaces; one for `std::exception` does not get it,
    /// as in FastAPI, nor the unwinding of a cancelled request. What one for `std::exception` answers, and
    /// whatever is answered with 500, is logged and counted (`server_stats::handler_errors`) as if there were
    /// no handler. Runs on the loop; what it throws in turn is answered with 500.
    template <class E, class F>
    app& exception_handler(F&& handler)
    {
        static_assert(std::is_invocable_r_v<response, F&, request&, E const&>,
                      "serval: an exception handler is response(request&, E const&)");
        auto answer = [handler = std::forward<F>(handler)](std::exception_ptr const& thrown, request& r,
                                                           response& out) mutable {
            constexpr bool general = std::is_base_of_v<E, http_error> && !std::is_same_v<E, http_error>;
            if (general && detail::is_http_error(thrown)) return false;
            try {
                std::rethrow_exception(thrown);
            } catch (E const& error) {
                out = handler(r, error);
                return true;
            } catch (...) {
                return false;
            }
        };
        add_exception_handler({.answer = std::move(answer),
                               .throw_pointer = &detail::throw_pointer_to<E>,
                               .catches = &detail::catches_pointer<E>,
                               .any = std::is_same_v<E, std::exception>});
        return *this;
    }

    /// Shapes what serval answers by itself, outside of all middleware: requests that break the grammar or
    /// the limits of a head (400, 414, 417, 431, 501, 505), that do not come in time (408), and those whose
    /// handler was cancelled (503): `shape(refusal const&, response&)`.
    ///
    /// The answer is complete when it is called; fields may be added, and its status, body and content type
    /// replaced. The latest registered is called. Runs on the loop, for every such request, so it should be
    /// quick. What it throws is logged, and the plain answer sent; so it is when it gives a stream.
    template <class F>
    app& on_refused(F&& shape)
    {
        static_assert(std::is_invocable_v<F&, refusal const&, response&>,
                      "serval: a hook for refused requests is void(refusal const&, response&)");
        set_on_refused(std::forward<F>(shape));
        return *this;
    }

    /// Where tasks go that belong to no request. Thread-safe, also while the app is served.
    background_handle background() const noexcept;

    /// Puts `replacement` (a function or object with the same result) in the place of dependency `Function`,
    /// for tests: FastAPI's `app.dependency_overrides[function] = replacement`.
    ///
    /// What starts from then on goes by it. This and the two below throw std::logic_error while a server or a
    /// test_client of the app runs.
    template <auto Function, class F>
    app& override_dependency(F&& replacement)
    {
        using function = std::decay_t<F>;
        using entry = detail::callable_traits<function, typename detail::function_traits<function>::result,
                                              typename detail::function_traits<function>::parameters>;
        static_assert(
            std::is_same_v<typename entry::value, typename detail::function_result<decltype(Function)>::type>,
            "serval: a replacement must give what the dependency gives");
        static constexpr detail::dependency_table table = entry::make_dependency();
        add_override(&detail::dependency_entry<Function>::table,
                     {&table, std::make_shared<function>(std::forward<F>(replacement))});
        return *this;
    }

    /// Puts dependency `Function` in its place again.
    template <auto Function>
    app& clear_dependency_override()
    {
        remove_override(&detail::dependency_entry<Function>::table);
        return *this;
    }
    /// All of them: FastAPI's `app.dependency_overrides = {}`.
    app& clear_dependency_overrides();

    detail::app_state& state() noexcept { return *app_state_; }
    std::shared_ptr<detail::app_state> const& shared_state() const noexcept { return app_state_; }

private:
    void add_startup(detail::bound_hook hook);
    void add_drain(detail::bound_hook hook);
    void add_shutdown(detail::bound_hook hook);
    void add_job(std::chrono::nanoseconds interval, detail::bound_hook hook, task_options options);
    void add_exception_handler(detail::exception_answer handler);
    void set_on_refused(std::function<void(refusal const&, response&)> shape);
    void add_override(detail::dependency_table const* replaced, detail::bound_dependency by);
    void remove_override(detail::dependency_table const* replaced);

    explicit app(std::shared_ptr<detail::app_state> state);

    std::shared_ptr<detail::app_state> app_state_; // a server that is stuck keeps it, too
};

} // namespace serval
