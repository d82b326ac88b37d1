// Structured bindings for every number of members up to 32.
#pragma once

#include <cstddef>

namespace serval::detail {

/// `bind_members<N>::apply(object, f)` calls `f` with the N members of an aggregate.
///
/// Structured bindings are the one way in C++20 to reach members without naming them, and their number must
/// be written out; the macro only spares the repetition.
template <std::size_t N>
struct bind_members;

#define SERVAL_BIND_MEMBERS(N, ...)                                                                          \
    template <>                                                                                              \
    struct bind_members<N> {                                                                                 \
        template <class T, class F>                                                                          \
        static constexpr auto apply(T& object, F f)                                                          \
        {                                                                                                    \
            auto& [__VA_ARGS__] = object;                                                                    \
            return f(__VA_ARGS__);                                                                           \
        }                                                                                                    \
    };

SERVAL_BIND_MEMBERS(1, m0)
SERVAL_BIND_MEMBERS(2, m0, m1)
SERVAL_BIND_MEMBERS(3, m0, m1, m2)
SERVAL_BIND_MEMBERS(4, m0, m1, m2, m3)
SERVAL_BIND_MEMBERS(5, m0, m1, m2, m3, m4)
SERVAL_BIND_MEMBERS(6, m0, m1, m2, m3, m4, m5)
SERVAL_BIND_MEMBERS(7, m0, m1, m2, m3, m4, m5, m6)
SERVAL_BIND_MEMBERS(8, m0, m1, m2, m3, m4, m5, m6, m7)
SERVAL_BIND_MEMBERS(9, m0, m1, m2, m3, m4, m5, m6, m7, m8)
SERVAL_BIND_MEMBERS(10, m0, m1, m2, m3, m4, m5, m6, m7, m8, m9)
SERVAL_BIND_MEMBERS(11, m0, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10)
SERVAL_BIND_MEMBERS(12, m0, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11)
SERVAL_BIND_MEMBERS(13, m0, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12)
SERVAL_BIND_MEMBERS(14, m0, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13)
SERVAL_BIND_MEMBERS(15, m0, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14)
SERVAL_BIND_MEMBERS(16, m0, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15)
SERVAL_BIND_MEMBERS(17, m0, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16)
SERVAL_BIND_MEMBERS(18, m0, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17)
SERVAL_BIND_MEMBERS(19, m0, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18)
SERVAL_BIND_MEMBERS(20, m0, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18,
                    m19)
SERVAL_BIND_MEMBERS(21, m0, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18,
                    m19, m20)
SERVAL_BIND_MEMBERS(22, m0, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18,
                    m19, m20, m21)
SERVAL_BIND_MEMBERS(23, m0, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18,
                    m19, m20, m21, m22)
SERVAL_BIND_MEMBERS(24, m0, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18,
                    m19, m20, m21, m22, m23)
SERVAL_BIND_MEMBERS(25, m0, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18,
                    m19, m20, m21, m22, m23, m24)
SERVAL_BIND_MEMBERS(26, m0, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18,
                    m19, m20, m21, m22, m23, m24, m25)
SERVAL_BIND_MEMBERS(27, m0, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18,
                    m19, m20, m21, m22, m23, m24, m25, m26)
SERVAL_BIND_MEMBERS(28, m0, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18,
                    m19, m20, m21, m22, m23, m24, m25, m26, m27)
SERVAL_BIND_MEMBERS(29, m0, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18,
                    m19, m20, m21, m22, m23, m24, m25, m26, m27, m28)
SERVAL_BIND_MEMBERS(30, m0, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18,
                    m19, m20, m21, m22, m23, m24, m25, m26, m27, m28, m29)
SERVAL_BIND_MEMBERS(31, m0, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18,
                    m19, m20, m21, m22, m23, m24, m25, m26, m27, m28, m29, m30)
SERVAL_BIND_MEMBERS(32, m0, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18,
                    m19, m20, m21, m22, m23, m24, m25, m26, m27, m28, m29, m30, m31)

#undef SERVAL_BIND_MEMBERS

} // namespace serval::detail
