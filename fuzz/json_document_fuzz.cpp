// Fuzzes the JSON parser: what it accepts is written as JSON that it reads as the same again.
#include "model/json_document.hpp"
#include "model/json_nlohmann.hpp"
#include "model/json_writer.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using namespace serval::model;

void require(bool condition)
{
    if (!condition) std::abort();
}

std::string echo(json_document const& document)
{
    std::string out;
    append_json_value(out, document.root());
    return out;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    std::string_view const text{reinterpret_cast<char const*>(data), size};
    json_document document;
    json_outcome const outcome = document.parse(text);
    if (outcome == json_outcome::syntax_error) {
        require(!document.error().message.empty());
        require(document.error().position <= size);
    }
    if (outcome != json_outcome::ok) return 0;

    std::string const written = echo(document);
    std::string from_nlohmann;
    static_cast<void>(
        append_json(from_nlohmann, to_nlohmann(document.root()))); // false for numbers like 1e400
    json_document again;
    require(again.parse(written) == json_outcome::ok);
    require(echo(again) == written);
    return 0;
}
