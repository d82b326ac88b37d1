// What a handler's signature becomes: constant tables and a few function pointers. All else is code in
// src/handler.
#pragma once

#include <serval/detail/started_handler.hpp>
#include <serval/detail/type_table.hpp>
#include <serval/task.hpp>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace serval {
class response;
}

namespace serval::detail {

enum class parameter_kind : std::uint8_t {
    path,
    query,
    header,
    cookie,
    body,
    query_model,
    header_model,
    form, ///< a text field
    file, ///< a file, or all files of a field
    form_model,
    dependency,
    request,          ///< the request itself
    body_stream,      ///< the body, read by the handler
    multipart_reader, ///< the parts of the body, read by the handler
    background_tasks, ///< what runs after the response
};

struct dependency_table;
struct stream_item; // detail/stream_item.hpp

/// One parameter of a handler or a dependency.
struct parameter_table {
    parameter_kind kind{};
    std::string_view name{};
    type_table const* type =
        nullptr; ///< of the value; null for `dependency` and what serval provides by reference
    constant default_value{};
    std::span<constraint const> constraints{};
    dependency_table const* dependency = nullptr;
    std::string_view description{}; ///< for the OpenAPI document
};

/// Where the values of a call's parameters are: one address a parameter, in the order of the signature.
using slots = void* const*;

/// Where a dependency's value ends: on the thread kind that made it, unless its destructor only frees memory.
enum class dependency_end : std::uint8_t { anywhere, on_loop, on_pool };

/// A dependency. Its address is its identity: the cache of a request and overrides go by it.
struct dependency_table {
    std::string_view spelled;
    std::span<parameter_table const> parameters;
    std::uint32_t size;
    std::uint32_t alignment;
    void (*destroy)(void* value) noexcept; ///< null: nothing to do
    dependency_end end;
    bool coroutine;
    void (*call)(void* callable, slots arguments, void* value); ///< plain: constructs the value, on the pool
    task<void> (*start)(void* callable, slots arguments, void* value); ///< coroutine: the same, on the loop
    void* callable = nullptr; ///< what is called, unless it is an override, which keeps its own
};

/// A handler. The callable itself is kept by the app for its life.
struct handler_table {
    std::string_view spelled;
    std::span<parameter_table const> parameters;
    type_table const* result;  ///< of a value that is written as JSON; null for text, `response` and `void`
    stream_item const* stream; ///< of what a generator yields; null for any other result
    bool gives_text;           ///< the result is a string, sent as text/plain
    bool coroutine;
    void (*call)(void* callable, slots arguments, response& out);
    started_handler (*start)(void* callable, slots arguments, response& out); ///< of a coroutine
    void (*destroy)(void* callable) noexcept;
};

/// Writes a value as the JSON body of `out`; throws when it is not representable (NaN), which answers 500.
void store_value(response& out, type_table const& type, void const* value);
/// As store_value, on a loop. False, and nothing is stored: it is more JSON than a loop should write in a
/// row, 64 KiB.
bool store_small_value(response& out, type_table const& type, void const* value);
using owned_value = std::unique_ptr<void, void (*)(void*) noexcept>;
/// As store_value, on the pool, where the value ends then, which takes as long.
task<void> store_large_value(response& out, type_table const& type, owned_value value);
/// Makes `text` the text/plain body of `out`.
void store_text(response& out, std::string&& text);
/// What a handler without a result answers: JSON null, or nothing under a status without a body.
void store_nothing(response& out);

} // namespace serval::detail
