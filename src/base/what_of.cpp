#include "base/what_of.hpp"

#include <boost/system/system_error.hpp>

namespace serval::base {

namespace {

/// Without the place in Boost's sources where the code was set, which is 300 bytes long and helps nobody.
std::string without_location(boost::system::system_error const& error)
{
    std::string text = error.what();
    if (!error.code().has_location()) return text;
    auto const location = " at " + error.code().location().to_string();
    auto const at = text.rfind(location);
    if (at != std::string::npos) text.erase(at, location.size());
    return text;
}

} // namespace

std::string what_of(std::exception_ptr const& thrown)
{
    try {
        std::rethrow_exception(thrown);
    } catch (boost::system::system_error const& error) {
        return without_location(error);
    } catch (std::exception const& error) {
        return error.what();
    } catch (...) {
        return "an exception that is no std::exception";
    }
}

} // namespace serval::base
