// A route's path as its author wrote it, parsed: "/items/{id:int}".
#pragma once

#include "routing/converter.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace serval::routing {

/// The pattern of a route's path, in FastAPI's notation.
///
/// A pattern is '/' followed by segments that are separated by '/'. A segment is literal text, or one
/// parameter that fills it whole: `{name}`, `{name:str}`, `{name:int}`, `{name:float}`, `{name:uuid}`, or, as
/// the last segment only,
/// `{name:path}`. Literal text is compared byte for byte with the percent-decoded path of a request; an empty
/// segment is a segment like any other, and neither ".." nor "//" is normalised.
class path_pattern {
public:
    /// A pattern's parameters may be no more than these, so that captures fit into a fixed array.
    static constexpr std::size_t max_parameters = 16;

    /// One unit of a pattern's shape: a literal byte (below `first_parameter_unit`), or a parameter
    /// (`first_parameter_unit` plus its converter).
    using shape_unit = char16_t;
    static constexpr shape_unit first_parameter_unit = 256;

    struct parameter {
        std::string name;
        converter kind;

        friend bool operator==(parameter const&, parameter const&) = default;
    };

    /// Parses `text`.
    ///
    /// Throws std::invalid_argument, with one sentence that names the pattern and the fault, when `text` does
    /// not start with '/', has a brace without its partner, a parameter that does not fill its segment, a
    /// name that is no C identifier or stands twice, an unknown converter, anything after a path parameter,
    /// or more than `max_parameters` parameters.
    explicit path_pattern(std::string_view text);

    /// The pattern as written.
    std::string const& text() const noexcept { return text_; }

    /// The parameters, in the order of a match's captures.
    std::vector<parameter> const& parameters() const noexcept { return parameters_; }

    /// The pattern as a key of an OpenAPI document's `paths`: without converters, "/file/{p}".
    std::string const& openapi_path() const noexcept { return openapi_path_; }

    /// The pattern without its parameters' names. Two patterns match the same paths with the same precedence
    /// exactly if their shapes are equal; shapes that are sorted as strings stand in order of precedence.
    std::u16string const& shape() const noexcept { return shape_; }

private:
    [[noreturn]] void fail(std::string_view fault) const;
    void add_segment(std::string_view segment, bool is_last);
    void add_parameter(std::string_view declaration, bool is_last);

    std::string text_;
    std::vector<parameter> parameters_;
    std::string openapi_path_;
    std::u16string shape_;
};

} // namespace serval::routing
