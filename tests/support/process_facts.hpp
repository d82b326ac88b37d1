/// What the operating system says of this process: for tests that nothing leaks.
#pragma once

#include <cstddef>

namespace serval::test {

/// Open descriptors.
std::size_t descriptor_count();
/// Threads.
std::size_t thread_count();
/// Bytes of memory that are resident.
std::size_t resident_bytes();

/// True when the sanitizer that this was built with makes memory figures meaningless or time slow.
constexpr bool under_sanitizer()
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    return true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
    return true;
#else
    return false;
#endif
#else
    return false;
#endif
}

} // namespace serval::test
