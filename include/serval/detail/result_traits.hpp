// From what a handler gives to a response.
#pragma once

#include <serval/detail/function_traits.hpp>
#include <serval/detail/handler_result.hpp>
#include <serval/detail/handler_table.hpp>
#include <serval/detail/json_body.hpp>
#include <serval/detail/stream_item.hpp>
#include <serval/detail/type_of.hpp>
#include <serval/generator.hpp>
#include <serval/response.hpp>

#include <new>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace serval::detail {

/// Stores what a handler gave. Specialised for results that are not JSON values.
template <class R>
struct result_traits {
    static constexpr bool is_json = true;
    static constexpr type_table const* table = &type_of<R>();
    static void store(response& out, R&& value) { store_value(out, type_of<R>(), &value); }
};
template <>
struct result_traits<response> {
    static constexpr type_table const* table = nullptr;
    static void store(response& out, response&& value) { out = std::move(value); }
};
template <>
struct result_traits<std::string> {
    static constexpr type_table const* table = nullptr;
    static void store(response& out, std::string&& value) { store_text(out, std::move(value)); }
};
/// A literal: a local's would be gone, as for any function.
template <>
struct result_traits<char const*> {
    static constexpr type_table const* table = nullptr;
    static void store(response& out, char const* value) { store_text(out, value); }
};
template <>
struct result_traits<void> {
    static constexpr type_table const* table = nullptr;
};
template <class T>
struct result_traits<generator<T>> {
    static constexpr type_table const* table = nullptr;
    static void store(response& out, generator<T>&& body)
    {
        auto const& item = stream_item_traits<T>::item;
        store_stream(out, std::move(body).release(), item, item.media_type);
    }
};

template <class R>
inline constexpr stream_item const* stream_of_result = nullptr;
template <class T>
inline constexpr stream_item const* stream_of_result<generator<T>> = &stream_item_traits<T>::item;

template <class R>
void delete_value(void* value) noexcept
{
    delete static_cast<R*>(value);
}

/// Stores what a coroutine that has ended gave. Gives what is left to await; invalid: nothing.
template <class R>
task<void> store_result(task<R>& ended, response* out)
{
    if constexpr (std::is_void_v<R>) {
        ended.await_resume();
        store_nothing(*out);
    } else if constexpr (requires { result_traits<R>::is_json; }) {
        if constexpr (is_good_result<R>) {
            R value = ended.await_resume();
            if (!store_small_value(*out, type_of<R>(), &value)) {
                owned_value kept(new R(std::move(value)), &delete_value<R>);
                return store_large_value(*out, type_of<R>(), std::move(kept));
            }
        }
    } else {
        result_traits<R>::store(*out, ended.await_resume());
    }
    return {};
}

template <class R>
task<void> finish_dependency(task<R> running, void* at)
{
    R value = co_await std::move(running); // apart: g++ 12 cannot compile a placement new around a co_await
    ::new (at) R(std::move(value));
}

} // namespace serval::detail
