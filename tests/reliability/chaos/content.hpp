/// What answers and uploads consist of: a function of the request, so that a missing or changed byte shows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace chaos {

/// `size` printable bytes that only this `id` and `index` have.
std::string content(std::uint64_t id, std::size_t index, std::size_t size);

/// The size of element `index` of a stream; `large` ones are those that a range hands over by themselves.
std::size_t element_size(std::uint64_t id, std::size_t index, bool large) noexcept;

/// What an upload is answered with: its length and a sum of its bytes, which may come in pieces.
class digest {
public:
    void add(std::string_view bytes) noexcept;
    std::string text() const;

private:
    std::uint64_t sum_ = 14695981039346656037U; // FNV-1a
    std::size_t length_ = 0;
};

} // namespace chaos
