// Header fields: an owning list for responses, a view for requests.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace serval {

/// One header field (RFC 9110 section 5).
struct header_field {
    std::string name;
    std::string value;

    header_field(std::string n, std::string v) : name{std::move(n)}, value{std::move(v)} {}
};

/// The header fields of a response, in order. Names compare without case (RFC 9110 section 5.1).
///
/// Names and values are checked when they are added: a name that is no token, or a value with CR, LF, NUL or
/// another control character, throws `std::invalid_argument`, so that nothing can be injected into the
/// response. Fields that frame the message (`content-length`, `transfer-encoding`, `connection`, `date`,
/// `keep-alive`, `upgrade`) are written by serval alone and refused the same way.
class headers {
public:
    headers() = default;
    headers(std::initializer_list<std::pair<std::string_view, std::string_view>> fields);

    /// Replaces every field called `name` by one with `value`.
    void set(std::string_view name, std::string_view value);
    /// Adds a field; fields of the same name stay (as `set-cookie` needs).
    void add(std::string_view name, std::string_view value);
    /// Removes every field called `name`; returns how many there were.
    std::size_t erase(std::string_view name);

    /// The value of the first field called `name`.
    std::optional<std::string_view> get(std::string_view name) const noexcept;
    bool contains(std::string_view name) const noexcept { return get(name).has_value(); }
    bool empty() const noexcept { return fields_.empty(); }
    std::size_t size() const noexcept { return fields_.size(); }
    void clear() noexcept { fields_.clear(); }

    auto begin() const noexcept { return fields_.begin(); }
    auto end() const noexcept { return fields_.end(); }

private:
    std::vector<header_field> fields_;
};

} // namespace serval
