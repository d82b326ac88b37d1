// Text as an email address, with the checks and words of Python's email-validator 2.3 and pydantic's
// EmailStr.
#pragma once

#include "model/problem.hpp"

#include <serval/email.hpp>

#include <string_view>

namespace serval::model {

/// Reads an email address, and normalises it. Problem: `value_error`, its reason in `ctx`.
///
/// What differs from email-validator: in domains, letters that are newer than libidn2's Unicode are refused.
/// All else are words: libidn2 does not always say which character of a domain it refuses, and then it is
/// `not valid IDNA`; the domain of an address of more than 1016 bytes is not looked at.
outcome<email> parse_email(std::string_view text);

/// True for an address as nearly all are, valid and its own normal form: ASCII, and a domain in lower case
/// without punycode.
bool is_plain_email(std::string_view text) noexcept;

/// parse_email(), step by step for every address, which it spares the plain ones.
outcome<email> parse_any_email(std::string_view text);

} // namespace serval::model
