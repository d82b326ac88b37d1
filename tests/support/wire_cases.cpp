#include "support/wire_cases.hpp"

#include "base/ascii.hpp"
#include "wire/body_decoder.hpp"
#include "wire/head_parser.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <stdexcept>

namespace serval::test {

namespace {

// In the order of wire::error.
constexpr std::string_view error_names[] = {
    "none",           "bad_request_line", "bad_version",           "bad_target",
    "bad_field",      "bad_host",         "bad_framing",           "unknown_coding",
    "bad_chunk",      "bad_expectation",  "request_line_too_long", "fields_too_large",
    "body_too_large", "timeout",
};
static_assert(std::size(error_names) == static_cast<std::size_t>(wire::error::timeout) + 1);

// Takes "N{text}" off the front of `text`, appends the repetition.
void append_repeated(std::string& out, std::string_view& text)
{
    std::size_t count = 0;
    auto const [end, ec] = std::from_chars(text.data(), text.data() + text.size(), count);
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    std::size_t const close = text.find('}');
    if (ec != std::errc{} || !text.starts_with('{') || close == std::string_view::npos) {
        throw std::invalid_argument{"\\* wants N{text}"};
    }
    std::string const once = unescape(text.substr(1, close - 1));
    while (count-- != 0)
        out += once;
    text.remove_prefix(close + 1);
}

// Takes what follows a backslash off the front of `text`.
void append_escaped(std::string& out, std::string_view& text)
{
    if (text.empty()) throw std::invalid_argument{"a backslash at the end"};
    char const kind = text.front();
    text.remove_prefix(1);
    switch (kind) {
    case 'r': out += '\r'; return;
    case 'n': out += '\n'; return;
    case 't': out += '\t'; return;
    case 's': out += ' '; return;
    case '\\': out += '\\'; return;
    case '*': append_repeated(out, text); return;
    case 'x':
        if (text.size() < 2 || !base::is_hex(text[0]) || !base::is_hex(text[1])) break;
        out += static_cast<char>(base::hex_value(text[0]) * 16 + base::hex_value(text[1]));
        text.remove_prefix(2);
        return;
    default: break;
    }
    throw std::invalid_argument{"an unknown escape"};
}

// Reads the lines of one file into cases.
class case_reader {
public:
    explicit case_reader(std::string path) : path_{std::move(path)} {}

    std::vector<wire_case> read()
    {
        std::ifstream in{path_};
        if (!in) throw std::runtime_error{"cannot open " + path_};
        for (std::string line; std::getline(in, line);) {
            ++line_;
            try {
                take(line);
            } catch (std::invalid_argument const& e) {
                throw std::runtime_error{where() + ": " + e.what()};
            }
        }
        if (in_request_) throw std::runtime_error{where() + ": the last case has no ---"};
        return std::move(cases_);
    }

private:
    std::string where() const { return path_ + ":" + std::to_string(line_); }

    void take(std::string_view line)
    {
        if (line.starts_with("=== ")) return begin_case(line.substr(4));
        if (!in_request_ && (line.empty() || line.starts_with('#'))) return;
        if (cases_.empty()) throw std::invalid_argument{"text before the first ==="};
        if (line.starts_with("--- ")) return take_outcome(line.substr(4));
        if (in_request_) {
            cases_.back().raw += unescape(line);
        } else {
            take_expectation(line);
        }
    }

    void begin_case(std::string_view name)
    {
        if (in_request_) throw std::invalid_argument{"the case before has no ---"};
        cases_.push_back({std::string{name}, where(), {}, {}, {}});
        in_request_ = true;
    }

    void take_outcome(std::string_view outcome)
    {
        if (!in_request_) throw std::invalid_argument{"two outcomes"};
        wire_case& current = cases_.back();
        current.outcome = outcome;
        if (!current.succeeds() && outcome != "incomplete" && !current.refusal()) {
            throw std::invalid_argument{"unknown outcome " + current.outcome};
        }
        in_request_ = false;
    }

    void take_expectation(std::string_view line)
    {
        std::size_t const colon = line.find(':');
        if (colon == std::string_view::npos) throw std::invalid_argument{"wants `key: value`"};
        cases_.back().expectations.emplace_back(line.substr(0, colon),
                                                unescape(base::trim_ows(line.substr(colon + 1))));
    }

    std::string path_;
    std::size_t line_ = 0;
    bool in_request_ = false;
    std::vector<wire_case> cases_;
};

std::string yes_or_no(bool value)
{
    return value ? "yes" : "no";
}

std::string_view name_of(wire::framing framing)
{
    constexpr std::string_view names[] = {"none", "length", "chunked"};
    return names[static_cast<std::size_t>(framing)];
}

void describe(wire::request_head const& head, std::map<std::string, std::string>& values)
{
    values["method"] = head.method_name;
    values["known_method"] = to_string(head.method);
    values["target"] = head.target;
    values["path"] = head.path;
    values["query"] = head.query;
    values["host"] = head.host;
    values["version"] = head.http_1_0 ? "1.0" : "1.1";
    values["keep_alive"] = yes_or_no(head.keep_alive);
    values["continue"] = yes_or_no(head.expects_continue);
    values["framing"] = name_of(head.body);
    values["length"] = std::to_string(head.content_length);
    values["fields"] = std::to_string(head.field_count);
    for (wire::field const& f : head.fields()) {
        std::string key = "field ";
        std::ranges::transform(f.name, std::back_inserter(key), base::to_lower);
        values.emplace(std::move(key), f.value);
    }
}

// One request on its way through the codecs.
class decoding {
public:
    // `bytes`: all that has arrived so far.
    void feed(std::string_view bytes)
    {
        if (!in_body_ && !read_head(bytes)) return;
        while (result_.outcome == "incomplete" && !decoder_.finished()) {
            auto const step = decoder_.decode(bytes.substr(position_));
            body_ += step.data;
            position_ += step.consumed;
            if (step.failure != wire::error::none) return fail(step.failure);
            if (step.consumed == 0) return;
        }
        if (decoder_.finished() && result_.outcome == "incomplete") result_.outcome = "ok";
    }

    wire_outcome finish(std::string_view raw)
    {
        if (in_body_) result_.values["body"] = body_;
        if (result_.outcome == "ok") result_.values["rest"] = raw.substr(position_);
        return std::move(result_);
    }

private:
    bool read_head(std::string_view bytes)
    {
        if (result_.outcome != "incomplete") return false;
        switch (parser_.parse(bytes, *head_)) {
        case wire::head_parser::state::incomplete: return false;
        case wire::head_parser::state::failed: fail(parser_.failure()); return false;
        case wire::head_parser::state::complete: break;
        }
        position_ = parser_.end();
        describe(*head_, result_.values);
        decoder_ = wire::body_decoder::for_head(*head_);
        in_body_ = true;
        return true;
    }

    void fail(wire::error e) { result_.outcome = name_of(e); }
    static std::string_view name_of(wire::error e) { return test::name_of(e); }

    wire::head_limits limits_;
    wire::head_parser parser_{limits_};
    std::unique_ptr<wire::request_head> head_ = std::make_unique<wire::request_head>();
    wire::body_decoder decoder_;
    bool in_body_ = false;
    std::size_t position_ = 0;
    std::string body_;
    wire_outcome result_;
};

} // namespace

std::optional<wire::error> wire_case::refusal() const
{
    auto const found = std::ranges::find(error_names, outcome);
    if (found == std::end(error_names) || found == std::begin(error_names)) return std::nullopt;
    return static_cast<wire::error>(found - std::begin(error_names));
}

int wire_case::status() const
{
    auto const e = refusal();
    return e ? wire::status_of(*e) : 0;
}

std::optional<std::string> wire_case::expected(std::string_view key) const
{
    for (auto const& [known, value] : expectations) {
        if (known == key) return value;
    }
    return std::nullopt;
}

std::string_view name_of(wire::error e)
{
    return error_names[static_cast<std::size_t>(e)];
}

std::string unescape(std::string_view text)
{
    std::string out;
    while (!text.empty()) {
        char const c = text.front();
        text.remove_prefix(1);
        if (c == '\\') {
            append_escaped(out, text);
        } else {
            out += c;
        }
    }
    return out;
}

std::string escape(std::string_view bytes)
{
    constexpr char digits[] = "0123456789abcdef";
    std::string out;
    for (char const c : bytes) {
        auto const byte = static_cast<unsigned char>(c);
        if (c == '\r') {
            out += "\\r";
        } else if (c == '\n') {
            out += "\\n";
        } else if (c == '\\') {
            out += "\\\\";
        } else if (byte >= 0x20 && byte < 0x7F) {
            out += c;
        } else {
            out += {'\\', 'x', digits[byte >> 4], digits[byte & 15]};
        }
    }
    return out;
}

std::vector<wire_case> read_wire_cases(std::string const& path)
{
    return case_reader{path}.read();
}

std::vector<wire_case> const& all_wire_cases()
{
    static std::vector<wire_case> const cases = [] {
        std::vector<std::string> files;
        for (auto const& entry : std::filesystem::directory_iterator{SERVAL_TEST_DATA_DIR "/wire/cases"}) {
            if (entry.path().extension() == ".txt") files.push_back(entry.path().string());
        }
        std::ranges::sort(files);
        std::vector<wire_case> all;
        for (std::string const& file : files) {
            for (wire_case& one : read_wire_cases(file))
                all.push_back(std::move(one));
        }
        return all;
    }();
    return cases;
}

wire_outcome decode_request(std::string_view raw, std::vector<std::size_t> const& ends)
{
    decoding request;
    for (std::size_t const end : ends) {
        auto const memory = std::make_unique<char[]>(end);
        std::copy_n(raw.data(), end, memory.get());
        request.feed({memory.get(), end});
    }
    return request.finish(raw);
}

} // namespace serval::test
