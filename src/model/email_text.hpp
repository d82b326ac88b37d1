// Text as an email address, with the checks and words of Python's email-validator 2.3 and pydantic's
// EmailStr.
#pragma once

#include "model/problem.hpp"

#include <serval/email.hpp>

#include <string_view>

namespace serval::model {

/// Reads an email address, and normalises it. Problem: `value_error`, its reason in `ctx`.
///
/// What differs from email-validator is rare: text is not put into Unicode's NFC; of IDNA's mapping only the
/// case of Latin, Greek and Cyrillic letters and the full stops are known; unnamed characters are shown as
/// `U+0301`.
outcome<email> parse_email(std::string_view text);

} // namespace serval::model
