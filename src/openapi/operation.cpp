#include "openapi/operation.hpp"

#include "base/ascii.hpp"

#include <cstddef>
#include <map>
#include <stdexcept>

namespace serval::openapi {
namespace {

/// Python's `re.sub(r"\W", "_", …)`: bytes beyond ASCII are taken for letters.
std::string words_only(std::string text)
{
    for (char& c : text) {
        char const lower = base::to_lower(c);
        bool const word = (lower >= 'a' && lower <= 'z') || base::is_digit(c) || c == '_' ||
                          static_cast<unsigned char>(c) >= 0x80;
        if (!word) c = '_';
    }
    return text;
}

std::string display(operation const& of)
{
    return std::string{to_string(of.method)} + ' ' + of.pattern->text();
}

bool chosen(operation const& of)
{
    return of.named || !of.notes->operation_id.empty();
}

} // namespace

std::string operation_id_of(operation const& of)
{
    if (!of.notes->operation_id.empty()) return of.notes->operation_id;
    if (!of.named) return std::string{of.name};
    std::string id = words_only(std::string{of.name} + of.pattern->openapi_path()) + '_';
    for (char const c : to_string(of.method))
        id += base::to_lower(c);
    return id;
}

std::vector<std::string> operation_ids(std::vector<operation> const& operations)
{
    std::vector<std::string> ids(operations.size());
    std::map<std::string, std::size_t> taken;
    // Those that somebody chose come first: they are what clients are generated from.
    for (std::size_t i = 0; i != operations.size(); ++i) {
        if (!chosen(operations[i])) continue;
        ids[i] = operation_id_of(operations[i]);
        auto const [other, added] = taken.emplace(ids[i], i);
        if (!added) {
            throw std::invalid_argument("routes " + display(operations[other->second]) + " and " +
                                        display(operations[i]) + " have the same operationId \"" + ids[i] +
                                        "\": give one of them another name or operation_id");
        }
    }
    for (std::size_t i = 0; i != operations.size(); ++i) {
        if (chosen(operations[i])) continue;
        std::string const wanted = operation_id_of(operations[i]);
        ids[i] = wanted;
        for (int n = 2; !taken.emplace(ids[i], i).second; ++n)
            ids[i] = wanted + '_' + std::to_string(n);
    }
    return ids;
}

} // namespace serval::openapi
