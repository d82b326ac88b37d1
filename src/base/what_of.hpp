// The text of whatever was thrown, for the log.
#pragma once

#include <exception>
#include <string>

namespace serval::base {

/// `what()` of an exception, or that it has none; of a boost::system::system_error its message with the
/// error's category and value: "connect: Connection refused [system:111]".
std::string what_of(std::exception_ptr const& thrown);

} // namespace serval::base
