// Text as a UUID, by the rules and words of Rust's uuid crate, which pydantic uses.
#pragma once

#include "model/problem.hpp"

#include <serval/uuid.hpp>

#include <string_view>

namespace serval::model {

/// Reads a UUID in any form of serval::uuid. Problem: `uuid_parsing`, with the words of pydantic-core 2.27.
outcome<uuid> parse_uuid(std::string_view text);

} // namespace serval::model
