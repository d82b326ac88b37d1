// A universally unique identifier (RFC 9562).
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace serval {

/// A UUID: sixteen bytes, in the order in which they are written.
///
/// As a parameter or a model member it is read as FastAPI reads `uuid.UUID`:
/// `12345678-1234-5678-1234-567812345678`, the same without hyphens, in `{…}` or after `urn:uuid:`, in any
/// case; else 422 `uuid_parsing`. Written hyphenated and in lower case.
class uuid {
public:
    /// The bytes, the first written first.
    using bytes_type = std::array<unsigned char, 16>;

    /// The nil UUID: all zeros.
    constexpr uuid() noexcept = default;

    /// The UUID of these bytes; any are valid.
    constexpr explicit uuid(bytes_type const& bytes) noexcept : bytes_{bytes} {}

    /// Reads any of the accepted forms; nothing when `text` is none of them.
    static std::optional<uuid> from_string(std::string_view text) noexcept;

    /// The bytes.
    constexpr bytes_type const& bytes() const noexcept { return bytes_; }

    /// True for the nil UUID.
    constexpr bool is_nil() const noexcept { return *this == uuid{}; }

    /// `12345678-1234-5678-1234-567812345678`.
    std::string to_string() const;

    /// Appends what to_string() returns.
    void append_to(std::string& out) const;

    /// Order by bytes.
    friend constexpr auto operator<=>(uuid const&, uuid const&) = default;

private:
    bytes_type bytes_{};
};

} // namespace serval

/// Makes serval::uuid a key of unordered containers.
///
/// Not for keys that a client chooses freely: a client may choose colliding ones.
template <>
struct std::hash<serval::uuid> {
    std::size_t operator()(serval::uuid const& id) const noexcept
    {
        std::size_t result = 0xCBF29CE484222325U; // FNV-1a
        for (unsigned char const byte : id.bytes())
            result = (result ^ byte) * 0x100000001B3U;
        return result;
    }
};
