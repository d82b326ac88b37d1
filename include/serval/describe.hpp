// The opt-in way to models and enumerations described with Boost.Describe. The only public header that
// includes Boost.Describe.
#pragma once

#include <serval/detail/type_of.hpp>

#include <boost/describe.hpp>
#include <boost/mp11/list.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

/// Makes every type that is described with Boost.Describe a model, and every described enumeration one of all
/// its enumerators.
///
/// Needed for what serval cannot see by itself: classes with base classes, constructors or private members,
/// and enumerators outside of 0 to 63. Include it, and describe the type, before the first use of the type in
/// a handler.
///
/// \code
/// struct animal { std::string name; };
/// BOOST_DESCRIBE_STRUCT(animal, (), (name))
/// struct dog : animal { int age = 0; };
/// BOOST_DESCRIBE_STRUCT(dog, (animal), (age))      // {"name":…,"age":…}
/// enum class status { ok = 200, gone = 410 };
/// BOOST_DESCRIBE_ENUM(status, ok, gone)
/// \endcode
/// Members come in the order of their description, those of base classes first (virtual ones are not
/// supported). A model must be default constructible, has 1 to 32 members, and `rules` work as for any other.
namespace serval::detail {

template <class T, class List>
struct described_list;

template <class T, template <class...> class List, class... Descriptor>
struct described_list<T, List<Descriptor...>> {
    static constexpr bool provided = true;
    static constexpr std::size_t count = sizeof...(Descriptor);
    static_assert(count >= 1 && count <= max_members, "serval: a model has 1 to 32 members");
    static constexpr std::array<std::string_view, count> name_list{Descriptor::name...};
    static constexpr std::span<std::string_view const> names{name_list};
    static constexpr std::string_view spelled_names{};

    template <class M>
    static member_entry entry(M const& member) noexcept
    {
        auto const base = reinterpret_cast<char const*>(&unborn_instance<T>.value);
        auto const at = reinterpret_cast<char const*>(&member);
        return {static_cast<std::uint32_t>(at - base), &type_of<M>()};
    }

    static void list(member_entry* out)
    {
        ((*out++ = entry(unborn_instance<T>.value.*Descriptor::pointer)), ...);
    }
};

template <class T>
    requires boost::describe::has_describe_members<T>::value
struct described_members<T>
    : described_list<T, boost::describe::describe_members<T, boost::describe::mod_any_access |
                                                                 boost::describe::mod_inherited>> {};

template <class List>
struct enumerator_list;

template <template <class...> class List, class... Descriptor>
struct enumerator_list<List<Descriptor...>> {
    static constexpr bool provided = true;
    static constexpr std::array<enumerator, sizeof...(Descriptor)> entries{
        enumerator{Descriptor::name, static_cast<std::int64_t>(Descriptor::value)}...};
};

template <class E>
    requires boost::describe::has_describe_enumerators<E>::value
struct described_enumerators<E> : enumerator_list<boost::describe::describe_enumerators<E>> {};

} // namespace serval::detail
