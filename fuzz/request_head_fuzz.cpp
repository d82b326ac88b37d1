// Fuzzes the parser of request heads: what it takes and refuses is what Beast's parser with serval's former
// judgement does, and the same however the bytes arrive, wherever they lie, and after another head.
#include "oracle/beast_head.hpp"
#include "wire/head_parser.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

namespace {

using namespace serval::wire;
using state = head_parser::state;

void require(bool condition)
{
    if (!condition) std::abort();
}

/// How bytes arrive.
struct arrival {
    std::size_t most = 0; ///< at a time; 0: all of them
    std::uint32_t seed = 0;
    bool moves = false; ///< each time in other memory, which ends with them; else in one block
};

struct outcome {
    state reached = state::incomplete;
    error failure = error::none;
    std::size_t end = 0;
    bool blank = false;
};

/// Parses what it is given into one head after the other, as a connection does.
class reader {
public:
    explicit reader(head_limits const& limits) : parser_{limits} {}

    outcome read(std::string_view text, arrival how)
    {
        parser_.reset();
        size_ = 0;
        auto reached = state::incomplete;
        for (std::size_t there = 0; there != text.size() && reached == state::incomplete;) {
            how.seed = how.seed * 1664525U + 1013904223U;
            std::size_t const more = how.most == 0 ? text.size() : 1 + (how.seed >> 16) % how.most;
            there = std::min(there + more, text.size());
            arrive(text, there, how.moves);
            reached = parser_.parse({bytes_.get(), there}, head);
        }
        return {reached, parser_.failure(), reached == state::complete ? parser_.end() : 0, parser_.blank()};
    }

    request_head head;

private:
    void arrive(std::string_view text, std::size_t there, bool moves)
    {
        if (!moves && size_ == text.size()) return; // it is there already
        std::size_t const size = moves ? there : text.size();
        auto arrived = std::make_unique<char[]>(size);
        std::copy_n(text.data(), size, arrived.get());
        bytes_ = std::move(arrived); // where it was before is gone
        size_ = moves ? 0 : size;
    }

    head_parser parser_;
    std::unique_ptr<char[]> bytes_;
    std::size_t size_ = 0; // of the block that all are in
};

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

bool same(outcome const& a, outcome const& b)
{
    bool const judged = a.reached != state::incomplete; // then nobody asks whether anything has come
    return a.reached == b.reached && a.failure == b.failure && a.end == b.end &&
           (judged || a.blank == b.blank);
}

/// Beast holds Proxy-Connection to Connection's grammar; it means nothing to a server.
std::string without_proxy_connection(std::string text)
{
    constexpr std::string_view name = "proxy-connection";
    auto const equal = [](char a, char b) { return (a | 0x20) == b; };
    for (auto at = text.begin();;) {
        at = std::search(at, text.end(), name.begin(), name.end(), equal);
        if (at == text.end()) return text;
        *at = 'q';
    }
}

/// What is judged when all lines are well formed, in the same order by both; Beast finds faults of framing
/// early.
bool agree_why(error ours, error theirs)
{
    switch (ours) {
    case error::bad_host:
    case error::bad_framing:
    case error::unknown_coding:
    case error::bad_expectation: return theirs == ours || theirs == error::bad_framing;
    default: return true; // the first fault of several
    }
}

void hold_against_beast(std::string_view text, head_limits const& limits, outcome const& ours,
                        request_head const& head)
{
    serval::oracle::head_scanner scanner{limits};
    auto const scanned = scanner.scan(text);
    if (scanned == serval::oracle::head_scanner::state::incomplete) {
        require(ours.reached != state::complete); // ours may know better already
        return require(ours.reached == state::failed || ours.blank == scanner.blank());
    }
    auto theirs = std::make_unique<request_head>();
    error failure = scanner.failure();
    if (failure == error::none) {
        auto const lines = text.substr(scanner.begin(), scanner.end() - scanner.begin());
        failure = serval::oracle::parse_head(lines, *theirs);
    }
    require((failure == error::none) == (ours.reached == state::complete));
    if (failure != error::none)
        return require(ours.reached == state::failed && agree_why(ours.failure, failure));
    require(ours.end == scanner.end());
    require(same(*theirs, head));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    if (size < 2) return 0;
    // Small limits, too: they would seldom be met by chance.
    head_limits const limits{.request_line = data[0] % 2 == 0 ? 8192U : data[0] / 2U,
                             .block = data[0] % 3 == 0 ? 32768U : data[0],
                             .fields = data[0] % 5 == 0 ? 3U : 100U};
    std::uint32_t const seed = data[1] * 2654435761U;
    std::string const text = without_proxy_connection({reinterpret_cast<char const*>(data) + 2, size - 2});

    auto const whole = std::make_unique<reader>(limits);
    auto const first = whole->read(text, {});
    require((first.reached == state::failed) == (first.failure != error::none));
    hold_against_beast(text, limits, first, whole->head);

    auto const split =
        std::make_unique<reader>(limits); // the same for all that follows: nothing may be left of before
    for (arrival const how : {arrival{1, 0, true}, arrival{3, seed, true}, arrival{40, seed, true},
                              arrival{1, 0, false}, arrival{40, seed, false}}) {
        require(same(split->read(text, how), first));
        require(first.reached != state::complete || same(split->head, whole->head));
    }
    if (first.reached != state::complete) return 0;
    std::string const next = text.substr(first.end);
    auto const fresh = std::make_unique<reader>(limits);
    auto const second = fresh->read(next, {});
    require(same(split->read(next, {3, seed, true}), second));
    require(second.reached != state::complete || same(split->head, fresh->head));
    return 0;
}
