// Fuzzes the parser of request heads: what it takes and refuses is what Beast's parser with serval's old
// judgement does, and the same however the bytes arrive.
#include "oracle/beast_head.hpp"
#include "wire/head_parser.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string_view>

namespace {

using namespace serval::wire;
using state = head_parser::state;

void require(bool condition)
{
    if (!condition) std::abort();
}

struct outcome {
    state reached = state::incomplete;
    error failure = error::none;
    std::size_t end = 0;
    std::unique_ptr<char[]> bytes; // that `head` has views of
    request_head head;
};

/// Parses `text`, of which a random number of bytes more arrives each time, in memory that ends with them.
std::unique_ptr<outcome> parse(std::string_view text, head_limits const& limits, std::uint32_t seed)
{
    auto out = std::make_unique<outcome>();
    head_parser parser{limits};
    for (std::size_t there = 0; there != text.size() && out->reached == state::incomplete;) {
        seed = seed * 1664525 + 1013904223;
        std::size_t const more = seed == 0 ? text.size() : 1 + (seed >> 24) % 40;
        there = std::min(there + more, text.size());
        auto moved = std::make_unique<char[]>(there);
        std::copy_n(text.data(), there, moved.get());
        out->reached = parser.parse({moved.get(), there}, out->head);
        out->bytes = std::move(moved);
    }
    out->failure = parser.failure();
    out->end = out->reached == state::complete ? parser.end() : 0;
    return out;
}

bool same(request_head const& a, request_head const& b)
{
    auto const same_field = [](field const& x, field const& y) {
        return x.name == y.name && x.value == y.value;
    };
    return a.method == b.method && a.method_name == b.method_name && a.target == b.target &&
           a.path == b.path && a.query == b.query && a.host == b.host && a.http_1_0 == b.http_1_0 &&
           a.keep_alive == b.keep_alive && a.expects_continue == b.expects_continue && a.body == b.body &&
           a.content_length == b.content_length && std::ranges::equal(a.fields(), b.fields(), same_field);
}

/// Beast holds Proxy-Connection to Connection's grammar; it means nothing to a server.
bool has_proxy_connection(std::string_view text)
{
    constexpr std::string_view name = "proxy-connection";
    auto const equal = [](char a, char b) { return (a | 0x20) == b; };
    return !std::ranges::search(text, name, equal).empty();
}

void hold_against_beast(std::string_view text, head_limits const& limits, outcome const& ours)
{
    serval::oracle::head_scanner scanner{limits};
    auto const scanned = scanner.scan(text);
    if (scanned == serval::oracle::head_scanner::state::incomplete)
        return require(ours.reached != state::complete); // ours may know better already
    auto head = std::make_unique<request_head>();
    error failure = scanner.failure();
    if (failure == error::none)
        failure =
            serval::oracle::parse_head(text.substr(scanner.begin(), scanner.end() - scanner.begin()), *head);
    require((failure == error::none) == (ours.reached == state::complete));
    if (failure != error::none) return require(ours.reached == state::failed);
    require(ours.end == scanner.end());
    require(same(*head, ours.head));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    if (size < 2) return 0;
    // Small limits, too: they would seldom be met by chance.
    head_limits const limits{.request_line = data[0] % 2 == 0 ? 8192U : data[0] / 2U,
                             .block = data[0] % 3 == 0 ? 32768U : data[0],
                             .fields = data[0] % 5 == 0 ? 3U : 100U};
    std::uint32_t const seed = data[1];
    std::string_view const text{reinterpret_cast<char const*>(data) + 2, size - 2};
    auto const whole = parse(text, limits, 634785765U); // its next number is 0: all at a time
    auto const split = parse(text, limits, seed);
    require(split->reached == whole->reached && split->failure == whole->failure && split->end == whole->end);
    require(whole->reached != state::complete || same(whole->head, split->head));
    require((whole->reached == state::failed) == (whole->failure != error::none));
    if (!has_proxy_connection(text)) hold_against_beast(text, limits, *whole);
    return 0;
}
