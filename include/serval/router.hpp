// Describing endpoints: routes, their metadata, and groups of them.
#pragma once

#include <serval/detail/handler_traits.hpp>
#include <serval/detail/type_of.hpp>
#include <serval/method.hpp>
#include <serval/middleware.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string_view>
#include <type_traits>
#include <utility>

namespace serval {

namespace detail {

struct route_state;  // src/app/route_state.hpp
struct router_state; // src/app/router_state.hpp

/// A handler's table and the callable that it calls.
struct bound_handler {
    handler_table const* table;
    std::unique_ptr<void, void (*)(void*) noexcept> callable;
};

template <class F>
bound_handler bind_handler(F&& handler)
{
    using function = std::decay_t<F>;
    auto const& table = handler_entry<function>::table;
    return {&table, {new function(std::forward<F>(handler)), table.destroy}}; // adopted by the unique_ptr
}

struct bound_middleware {
    task<response> (*call)(void* callable, request& r, next rest);
    std::unique_ptr<void, void (*)(void*) noexcept> callable;
};

template <class F>
bound_middleware bind_middleware(F&& middleware)
{
    using function = std::decay_t<F>;
    static_assert(std::is_invocable_r_v<task<response>, function&, request&, next>,
                  "serval: a middleware is task<response>(request&, next)");
    return {
        [](void* callable, request& r, next rest) { return (*static_cast<function*>(callable))(r, rest); },
        {new function(std::forward<F>(middleware)),
         [](void* callable) noexcept { delete static_cast<function*>(callable); }}};
}

} // namespace detail

/// A registered endpoint: a handle for its metadata, valid as long as the app. Calls can be chained.
class route {
public:
    explicit route(detail::route_state& state) noexcept : state_{&state} {}

    /// The name in OpenAPI's operationId ("read_item_items__id__get" for "read_item" of GET /items/{id}) and
    /// summary ("Read Item"); FastAPI takes the function's. Default: made of the method and the path,
    /// "get_items_id".
    route& name(std::string_view text);
    route& summary(std::string_view text);
    route& description(std::string_view text);
    /// Adds to the tags of the group.
    route& tags(std::initializer_list<std::string_view> names);
    /// The status of a successful answer; default 200. 200–599, else std::invalid_argument.
    route& status(int code);
    route& deprecated(bool yes = true);
    /// Checks what the handler gives against `T`, FastAPI's `response_model`: only what `T` declares is sent,
    /// as a member of a model, and a result that is no `T` is logged, without the refused value, and answered
    /// with 500. What the result has is sent as it is; what it lacks is `T`'s default. The values of a
    /// generator are checked one by one. Handlers that return a `response`, text or nothing are not checked:
    /// for those it only documents; for a stream of text or events it throws std::invalid_argument.
    template <class T>
    route& response_model()
    {
        return response_model(detail::type_of<T>());
    }
    /// Leaves the route out of the OpenAPI document.
    route& hidden(bool yes = true);
    /// FastAPI's word for the opposite of `hidden`.
    route& include_in_schema(bool yes) { return hidden(!yes); }
    /// The operationId, instead of the one made of name, path and method. Two that are equal: an error at the
    /// start.
    route& operation_id(std::string_view text);
    /// What the successful response is, instead of "Successful Response".
    route& response_description(std::string_view text);
    /// The media type of the successful response in the OpenAPI document, for a handler that returns a
    /// `response`: it could be anything, so the document says application/json, as FastAPI's does. The body
    /// of any but JSON is a string there.
    route& media_type(std::string_view text);
    /// The media type of the request's body, for a handler that reads it by itself (`body_stream&`,
    /// `multipart_reader&`, `read_body`). Default: application/octet-stream, multipart/form-data.
    route& request_media_type(std::string_view text);
    /// Documents another answer, such as a 404; without a description the status' standard phrase. For the
    /// status of the successful response: its content. 100–599, else std::invalid_argument.
    route& response(int status, std::string_view description = {})
    {
        return add_response(status, description, nullptr);
    }
    /// The same with the type of its JSON body.
    template <class T>
    route& response(int status, std::string_view description = {})
    {
        return add_response(status, description, &detail::type_of<T>());
    }
    /// An example of the request's JSON body. Throws std::invalid_argument for a value without JSON (NaN).
    template <class T>
    route& body_example(T const& value)
    {
        return add_body_example(detail::type_of<T>(), &value);
    }
    /// The most bytes a request body may have; beyond: 413.
    route& max_body(std::size_t bytes);
    /// The most bytes that one uploaded file may have, instead of `limits::file_size`; beyond: 413.
    route& max_file_size(std::uint64_t bytes);
    /// The most files that a form may have, instead of `limits::form_files`; beyond: 400.
    route& max_files(std::size_t count);
    /// Reads the body before the handler runs though no parameter asks for it: `request::body()`.
    route& read_body(bool yes = true);
    /// The time that the handler may take, instead of `limits::handler_timeout`; zero: none. Beyond: 503.
    /// Throws std::invalid_argument when negative.
    route& timeout(std::chrono::milliseconds limit);

private:
    route& response_model(detail::type_table const& type);
    route& add_response(int status, std::string_view description, detail::type_table const* type);
    route& add_body_example(detail::type_table const& type, void const* value);

    detail::route_state* state_;
};

/// A set of routes under a common prefix, with common tags and middleware. Groups nest.
///
/// Handlers are functions, function pointers, or objects with one call operator; `task<R>` runs on the event
/// loop, any other result on the thread pool. The app keeps the callable for its life. What cannot work (two
/// routes with the same method and shape, a `path<>` name that the pattern does not have, a bad pattern)
/// throws std::invalid_argument here, naming both sides; registering after the app has started throws
/// std::logic_error.
class router {
public:
    explicit router(detail::router_state& state) noexcept : state_{&state} {}
    router(router const&) = delete;
    router& operator=(router const&) = delete;

    template <class F>
    route get(std::string_view pattern, F&& handler)
    {
        return add(method::get, pattern, detail::bind_handler(std::forward<F>(handler)));
    }
    template <class F>
    route post(std::string_view pattern, F&& handler)
    {
        return add(method::post, pattern, detail::bind_handler(std::forward<F>(handler)));
    }
    template <class F>
    route put(std::string_view pattern, F&& handler)
    {
        return add(method::put, pattern, detail::bind_handler(std::forward<F>(handler)));
    }
    template <class F>
    route patch(std::string_view pattern, F&& handler)
    {
        return add(method::patch, pattern, detail::bind_handler(std::forward<F>(handler)));
    }
    /// DELETE; `delete` is a keyword.
    template <class F>
    route del(std::string_view pattern, F&& handler)
    {
        return add(method::delete_, pattern, detail::bind_handler(std::forward<F>(handler)));
    }
    template <class F>
    route options(std::string_view pattern, F&& handler)
    {
        return add(method::options, pattern, detail::bind_handler(std::forward<F>(handler)));
    }
    template <class F>
    route head(std::string_view pattern, F&& handler)
    {
        return add(method::head, pattern, detail::bind_handler(std::forward<F>(handler)));
    }

    /// Adds a route for any method but `other` and `connect`.
    route add(method m, std::string_view pattern, detail::bound_handler handler);

    /// The group of `prefix` ("/api") inside this one: its patterns start with it, its routes carry `tags`
    /// besides their own.
    ///
    /// There is one group for a prefix, however it is come by: asked for again it is the same, with these
    /// tags, too, and `app.group("/api/users")` is `app.group("/api").group("/users")`. The reference is
    /// valid as long as the app.
    router& group(std::string_view prefix, std::initializer_list<std::string_view> tags = {});

    /// Wraps every route of this router and its groups, those that were added before, too; the first
    /// registered is the outermost. On an app it also wraps the answers to requests that no route matches.
    template <class F>
    router& middleware(F&& function)
    {
        add_middleware(detail::bind_middleware(std::forward<F>(function)));
        return *this;
    }

protected:
    ~router() = default;
    friend struct detail::router_state;

    detail::router_state* state_;

private:
    void add_middleware(detail::bound_middleware middleware);
};

} // namespace serval
