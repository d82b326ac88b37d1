// A received form: its fields and files, in the order sent.
#pragma once

#include "http/memory_budget.hpp"

#include <serval/upload_file.hpp>

#include <optional>
#include <string>
#include <vector>

namespace serval::http {

/// One field of a form.
struct form_item {
    std::string name;
    std::string text;                                  ///< of a file: its name as sent
    std::optional<upload_file> file;                   ///< nullopt: text, or a file that stays in memory
    std::optional<std::string> content = std::nullopt; ///< of a file that stays in memory
    memory_share held = {};                            ///< for that
};

using form_data = std::vector<form_item>;

} // namespace serval::http
