// Where in a request a value stands: FastAPI's `loc`, as a chain on the stack.
#pragma once

#include <cstddef>
#include <string_view>

namespace serval::model {

/// One step to a value: the key of a member or the index of an element, and the way there.
///
/// Costs nothing until an error is written. The parent must outlive it.
struct location {
    /// The beginning: `path`, `query`, `header`, `cookie` or `body`.
    explicit location(std::string_view root) noexcept : key{root} {}
    location(location const& above, std::string_view name) noexcept : parent{&above}, key{name} {}
    location(location const& above, std::size_t at) noexcept : parent{&above}, index{at}, is_index{true} {}

    location const* parent = nullptr;
    std::string_view key{};
    std::size_t index = 0;
    bool is_index = false;
};

} // namespace serval::model
