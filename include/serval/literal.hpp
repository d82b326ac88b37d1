// One of a few texts that the type lists.
// layer: model
#pragma once

#include <serval/detail/fixed_string.hpp>
#include <serval/detail/type_of.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace serval {

/// One of the texts `Choices`, Python's `Literal["a", "b"]`: `literal<"a", "b">`. A value is an index, so it
/// never owns memory; the first choice is the value of a new one.
///
/// As a parameter or a model member it takes exactly one of the texts; else 422 `literal_error`: `Input
/// should be 'a' or 'b'`. Written as its text.
template <detail::fixed_string... Choices>
class literal {
    static_assert(sizeof...(Choices) >= 1, "serval: a literal needs at least one text");

public:
    /// The texts, in their order.
    static constexpr std::array<std::string_view, sizeof...(Choices)> choices() noexcept { return texts_; }

    /// The first choice.
    constexpr literal() noexcept = default;

    /// The choice that is `text`. Throws std::invalid_argument for any other text.
    constexpr explicit(false) literal(char const* text) : literal(std::string_view{text}) {}
    constexpr explicit literal(std::string_view text)
    {
        auto const found = from_string(text);
        if (!found) throw std::invalid_argument{"serval::literal: no such choice"};
        index_ = found->index_;
    }

    /// The choice that is `text`; nothing for any other.
    static constexpr std::optional<literal> from_string(std::string_view text) noexcept
    {
        for (std::size_t i = 0; i != texts_.size(); ++i) {
            if (texts_[i] == text) return at(i);
        }
        return std::nullopt;
    }

    /// The choice with this index. Precondition: `index` is less than the number of choices.
    static constexpr literal at(std::size_t index) noexcept
    {
        literal made;
        made.index_ = index;
        return made;
    }

    /// The position among the choices, from 0.
    constexpr std::size_t index() const noexcept { return index_; }

    /// The text. The view is valid for ever.
    constexpr std::string_view str() const noexcept { return texts_[index_]; }
    constexpr operator std::string_view() const noexcept { return str(); }

    friend constexpr bool operator==(literal a, literal b) noexcept { return a.index_ == b.index_; }
    friend constexpr bool operator==(literal a, std::string_view b) noexcept { return a.str() == b; }
    friend constexpr bool operator==(literal a, char const* b) noexcept { return a.str() == b; }

private:
    // Copies of the template arguments: views of those objects themselves trouble older compilers.
    template <detail::fixed_string Choice>
    static constexpr auto kept_ = Choice;
    static constexpr std::array<std::string_view, sizeof...(Choices)> texts_{kept_<Choices>.view()...};

    std::size_t index_ = 0;
};

namespace detail {

template <fixed_string... Choices>
struct type_entry<literal<Choices...>> {
    using value = literal<Choices...>;
    static constexpr auto texts = value::choices();
    static constexpr literal_ops ops{
        .choices = texts,
        .store = [](void* at, std::size_t index) { *static_cast<value*>(at) = value::at(index); },
        .load = [](void const* at) { return static_cast<value const*>(at)->index(); }};
    static constexpr type_table table = make_table<value>(type_kind::literal, &ops);
};

} // namespace detail
} // namespace serval
