// A value of a type that only its table knows.
#pragma once

#include <serval/detail/type_table.hpp>

#include <memory>
#include <new>

namespace serval::model {

struct release_value {
    detail::type_table const* type;
    void operator()(void* at) const noexcept
    {
        if (type->destroy != nullptr) type->destroy(at);
        ::operator delete(at, std::align_val_t{type->alignment});
    }
};
using owned_value = std::unique_ptr<void, release_value>;

/// A new value of the type, value-initialised.
inline owned_value make_value(detail::type_table const& type)
{
    void* const memory = ::operator new(type.size, std::align_val_t{type.alignment});
    try {
        type.construct(memory);
    } catch (...) {
        ::operator delete(memory, std::align_val_t{type.alignment});
        throw;
    }
    return owned_value{memory, release_value{&type}};
}

} // namespace serval::model
