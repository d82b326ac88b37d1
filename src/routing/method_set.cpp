// The text of an Allow header.
#include "routing/method_set.hpp"

namespace serval::routing {

std::string method_set::to_allow_string() const
{
    constexpr method order[] = {method::get,     method::head,  method::post,
                                method::put,     method::patch, method::delete_,
                                method::options, method::trace, method::connect};
    std::string text;
    for (method m : order) {
        if (!contains(m)) continue;
        if (!text.empty()) text += ", ";
        text += to_string(m);
    }
    return text;
}

} // namespace serval::routing
