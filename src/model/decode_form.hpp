// Form values: text fields and uploaded files, into parameters and members.
#pragma once

#include "model/constraint_set.hpp"
#include "model/location.hpp"
#include "model/validation_errors.hpp"

#include <serval/detail/type_table.hpp>

#include <span>
#include <string>
#include <string_view>

namespace serval {
class upload_file;
}

namespace serval::model {

/// One received value of a form.
struct form_value {
    std::string_view text; ///< of a file: its name as sent, which errors echo
    upload_file const* file = nullptr;
    std::string const* content = nullptr; ///< of a file that stays in memory

    bool is_file() const noexcept { return file != nullptr || content != nullptr; }
    /// True for what a form sends for an input that was left empty: FastAPI takes it for absent.
    bool is_empty_text() const noexcept { return !is_file() && text.empty(); }
};

/// Reads the values of one key, at least one. A scalar takes the last, a list all; a file goes into an
/// upload_file, text into everything else, and each where the other belongs is an error in FastAPI's words.
bool decode_form(detail::type_table const& type, constraint_span constraints,
                 std::span<form_value const> values, void* out, location const& where,
                 validation_errors& errors);

/// True for an upload_file and lists of them, also optional or defaulted.
bool is_file(detail::type_table const& type);

/// True when decode_form() can read the type.
bool is_form_value(detail::type_table const& type);

/// True when an upload_file is somewhere in the type: what JSON cannot hold. Ends for recursive types.
bool holds_file(detail::type_table const& type);

} // namespace serval::model
