#include "model/problem.hpp"

#include "model/json_writer.hpp"

#include <stdexcept>

namespace serval::model {

problem make_problem(std::string_view type, std::string_view message)
{
    return {std::string{type}, std::string{message}, {}};
}

problem make_problem(std::string_view type, std::string_view prefix, std::string_view key,
                     std::string_view reason)
{
    problem result{std::string{type}, std::string{prefix}, "{"};
    result.message += reason;
    append_json_string(result.context, key);
    result.context += ':';
    append_json_string(result.context, reason);
    result.context += '}';
    return result;
}

void throw_exception_from_error(problem const& what, boost::source_location const&)
{
    throw std::logic_error{what.message};
}

} // namespace serval::model
