// A regular expression that is searched in linear time.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace serval::model {

/// A compiled regular expression (RE2's syntax: Perl's without back references and look-around), as
/// pydantic's `pattern`.
///
/// As in Rust's regex, which pydantic uses, `$` is only the very end; unlike there, `\d`, `\w` and `\s` are
/// ASCII only. Threads may search at once.
class pattern {
public:
    /// Compiles. Throws std::invalid_argument, which names the expression, when it is invalid or too large.
    explicit pattern(std::string_view expression);
    pattern(pattern&&) noexcept;
    pattern& operator=(pattern&&) noexcept;
    ~pattern();

    /// True when some part of `text` (UTF-8) matches; `^` and `$` in the expression bind it to the whole.
    bool search(std::string_view text) const;

    /// The expression as it was given.
    std::string const& expression() const noexcept;

private:
    struct implementation;
    std::unique_ptr<implementation const> implementation_;
};

} // namespace serval::model
