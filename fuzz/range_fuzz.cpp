// Range and the preconditions: the input's first 8 bytes are the length of the file, the rest is a field's
// value.
#include "wire/byte_range.hpp"
#include "wire/byteranges.hpp"
#include "wire/conditional.hpp"

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string_view>

namespace {

using namespace serval::wire;

void require(bool holds)
{
    if (!holds) std::abort();
}

void check_ranges(std::string_view field, std::uint64_t length)
{
    auto const selection = select_ranges(field, length);
    auto const& ranges = selection.ranges;
    require(ranges.empty() == (selection.outcome != range_outcome::partial));
    require(ranges.size() <= max_ranges);
    std::uint64_t total = 0;
    for (std::size_t i = 0; i != ranges.size(); ++i) {
        require(ranges[i].first <= ranges[i].last && ranges[i].last < length);
        total += ranges[i].length();
        require(total <= length && total >= ranges[i].length());
        for (std::size_t k = 0; k != i; ++k)
            require(ranges[k].last + 1 < ranges[i].first || ranges[i].last + 1 < ranges[k].first);
    }
    if (ranges.size() < 2 || length > UINT64_MAX / 2) return;
    byteranges const parts{"boundary", "text/plain", ranges, length};
    require(parts.size() > total && parts.size() - total < 200 * (ranges.size() + 1));
}

void check_conditions(std::string_view field)
{
    constexpr validators current{"\"abc\"", 784111777};
    auto const if_match = evaluate({.if_match = field}, current, true).outcome;
    auto const if_none_match = evaluate({.if_none_match = field}, current, true).outcome;
    // What matches strongly matches weakly.
    if (if_match == precondition_outcome::proceed)
        require(if_none_match == precondition_outcome::not_modified);
    bool const unmodified =
        evaluate({.if_unmodified_since = field}, current, true).outcome == precondition_outcome::failed;
    bool const modified =
        evaluate({.if_modified_since = field}, current, true).outcome == precondition_outcome::not_modified;
    require(!unmodified || !modified);
    if (evaluate({.if_range = field}, current, true).range_applies)
        require(if_match == precondition_outcome::proceed || modified);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    std::uint64_t length = 0;
    if (size < sizeof length) return 0;
    std::memcpy(&length, data, sizeof length);
    std::string_view const field{reinterpret_cast<char const*>(data) + sizeof length, size - sizeof length};
    check_ranges(field, length);
    check_ranges(field, length % 100); // where ranges meet
    check_conditions(field);
    return 0;
}
