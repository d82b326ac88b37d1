/// Raw requests as data: the files of tests/wire/cases, for the codec's tests and the server's.
#pragma once

#include "wire/error.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace serval::test {

/// One request and what must become of it. A file of cases looks like this:
///
///     # a comment
///     === a sentence that names the case
///     GET /a?b=1 HTTP/1.1\r\n
///     Host: a\r\n
///     \r\n
///     --- ok
///     path: /a
///     query: b=1
///
/// Line ends of the file do not count; a line's text does, and has the escapes \r \n \t \s (space) \\ \xNN
/// and \*N{text}, which is `text`, with its own escapes, N times. After `---` stands `ok`, `incomplete` (more
/// bytes are needed) or the name of a wire::error. After `ok`, each line checks one thing: method, target,
/// path, query, host, version (1.0 or 1.1), keep_alive and continue (yes or no), framing (none, length,
/// chunked), length, fields (their number), body, rest (what follows the message), `field NAME` (the first
/// value; `(none)` when it must not be there). Values have the same escapes.
struct wire_case {
    std::string name;
    std::string file; ///< and line, for messages
    std::string raw;
    std::string outcome; ///< "ok", "incomplete" or the name of an error
    std::vector<std::pair<std::string, std::string>> expectations;

    bool succeeds() const { return outcome == "ok"; }
    /// What the request is refused with; nothing for "ok" and "incomplete".
    std::optional<wire::error> refusal() const;
    /// The status of the answer when the request is refused, else 0.
    int status() const;
    /// The value that is expected of `key`, if any is.
    std::optional<std::string> expected(std::string_view key) const;
};

/// The enumerator's name, for example "bad_chunk".
std::string_view name_of(wire::error e);

/// Decodes the escapes; throws std::invalid_argument when `text` has a wrong one.
std::string unescape(std::string_view text);
/// Makes bytes readable in messages.
std::string escape(std::string_view bytes);

/// Reads one file; throws std::runtime_error, with file and line, when it is malformed.
std::vector<wire_case> read_wire_cases(std::string const& path);
/// All cases of SERVAL_TEST_DATA_DIR/wire/cases/*.txt, in the order of their files' names.
std::vector<wire_case> const& all_wire_cases();

/// What became of a request: everything that a server could observe, as text.
struct wire_outcome {
    std::string outcome = "incomplete";
    std::map<std::string, std::string>
        values; ///< by the keys of `wire_case`; of an error only what came before it

    bool operator==(wire_outcome const&) const = default;
};

/// Drives head_parser and body_decoder over `raw`, of which `ends[i]` bytes are there at step i.
///
/// Every step sees memory that ends where the input does, so a sanitizer finds reads past it.
wire_outcome decode_request(std::string_view raw, std::vector<std::size_t> const& ends);

} // namespace serval::test
