// Fuzzes the multipart parser: every split of a body is read alike, as a plain search reads it, and what was
// read is written as a form that is read as the same again.
//
// The input is a Content-Type, LF, and the body.
#include "base/utf8.hpp"
#include "wire/multipart.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace serval::wire;
using event = multipart_parser::event;

void require(bool condition)
{
    if (!condition) std::abort();
}

struct part {
    std::string name;
    std::optional<std::string> filename;
    std::string content_type;
    std::string fields; // one text, for comparing
    std::string data;

    bool operator==(part const&) const = default;
};

struct form {
    std::vector<part> parts;
    multipart_error failure = multipart_error::none;

    bool operator==(form const&) const = default;
};

bool has_control(std::string_view text)
{
    return std::ranges::any_of(text, [](char c) {
        auto const byte = static_cast<unsigned char>(c);
        return (byte < 0x20 && c != '\t') || byte == 0x7F;
    });
}

part describe(part_head const& head)
{
    require(serval::base::is_valid_utf8(head.name) && !has_control(head.name));
    if (head.filename) require(serval::base::is_valid_utf8(*head.filename) && !has_control(*head.filename));
    require(head.fields.size() <= multipart_limits{}.part_fields);
    part result{head.name, head.filename, std::string{head.content_type}, {}, {}};
    for (part_field const& f : head.fields) {
        require(!f.name.empty() && !has_control(f.value));
        result.fields.append(f.name).append(": ").append(f.value).append("\n");
    }
    require(result.fields.size() <= multipart_limits{}.part_header_bytes);
    return result;
}

class reader {
public:
    explicit reader(std::string_view boundary) : parser_{boundary} {}

    // Copies the piece, so that the sanitizer finds reads past it.
    void feed(std::string_view piece)
    {
        auto const memory = std::make_unique<char[]>(piece.size());
        std::ranges::copy(piece, memory.get());
        std::string_view rest{memory.get(), piece.size()};
        for (;;) {
            auto const step = parser_.next(rest);
            require(step.consumed <= rest.size());
            rest.remove_prefix(step.consumed);
            take(step);
            if (step.what == event::need_input) return require(rest.empty());
            if (step.what == event::failed) return;
        }
    }

    form finish()
    {
        auto const step = parser_.end_of_input();
        require(step.what == event::finished || step.what == event::failed);
        take(step);
        require(form_.failure != multipart_error::none || !in_part_);
        return std::move(form_);
    }

private:
    void take(multipart_parser::step const& step)
    {
        require((step.what == event::data) == !step.data.empty());
        require((step.what == event::failed) == (step.failure != multipart_error::none));
        require(step.what == event::need_input || step.what == event::finished ||
                step.what == event::failed || in_part_ == (step.what != event::part_begin));
        if (step.what == event::part_begin) form_.parts.push_back(describe(parser_.part()));
        if (step.what == event::part_begin || step.what == event::part_end) in_part_ = !in_part_;
        if (step.what == event::data) form_.parts.back().data += step.data;
        if (step.what == event::failed) form_.failure = step.failure;
    }

    multipart_parser parser_;
    form form_;
    bool in_part_ = false;
};

form read_in_pieces(std::string_view body, std::string_view boundary, std::size_t size)
{
    reader r{boundary};
    for (std::size_t at = 0; at < body.size(); at += size)
        r.feed(body.substr(at, size));
    return r.finish();
}

// Pieces of 1 to 32 bytes that only depend on the input.
form read_in_mixed_pieces(std::string_view body, std::string_view boundary)
{
    reader r{boundary};
    auto random = static_cast<std::uint32_t>(body.size() * 2 + 1);
    while (!body.empty()) {
        random = random * 1664525U + 1013904223U;
        std::string_view const piece = body.substr(0, (random >> 27) + 1);
        r.feed(piece);
        body.remove_prefix(piece.size());
    }
    return r.finish();
}

// The data of the parts of a well-formed form, found as a reader of RFC 2046 would.
std::vector<std::string> search_data(std::string_view body, std::string_view boundary)
{
    std::string const text = std::string{"\r\n"}.append(body);
    std::string const delimiter = std::string{"\r\n--"}.append(boundary);
    std::vector<std::string> found;
    std::size_t at = text.find(delimiter);
    for (;;) {
        require(at != std::string::npos);
        at += delimiter.size();
        if (text.compare(at, 2, "--") == 0) return found;
        at = text.find("\r\n\r\n", at);
        require(at != std::string::npos);
        std::size_t const begin = at + 4;
        at = text.find(delimiter, begin);
        require(at != std::string::npos);
        found.push_back(text.substr(begin, at - begin));
    }
}

std::string quoted(std::string_view text)
{
    std::string out = "\"";
    for (char const c : text) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out += '"';
}

std::string write(form const& f, std::string_view boundary)
{
    std::string out;
    for (part const& p : f.parts) {
        out.append("--").append(boundary).append("\r\ncontent-disposition: form-data; name=" +
                                                 quoted(p.name));
        if (p.filename) out += "; filename=" + quoted(*p.filename);
        if (!p.content_type.empty()) out += "\r\nContent-Type: " + p.content_type;
        out += "\r\n\r\n" + p.data + "\r\n";
    }
    return out.append("--").append(boundary).append("--");
}

void check(std::string_view body, std::string_view boundary)
{
    form const whole = read_in_pieces(body, boundary, std::max<std::size_t>(body.size(), 1));
    require(read_in_pieces(body, boundary, 1) == whole);
    require(read_in_mixed_pieces(body, boundary) == whole);
    if (whole.failure != multipart_error::none) return;

    std::vector<std::string> const searched = search_data(body, boundary);
    require(std::ranges::equal(searched, whole.parts, {}, {}, &part::data));

    std::string const written = write(whole, boundary);
    form const again = read_in_pieces(written, boundary, written.size());
    // A head close to its limit may be longer with escapes.
    if (again.failure == multipart_error::part_header_too_large) return;
    require(again.failure == multipart_error::none && again.parts.size() == whole.parts.size());
    for (std::size_t i = 0; i != again.parts.size(); ++i) {
        require(again.parts[i].name == whole.parts[i].name);
        require(again.parts[i].filename == whole.parts[i].filename);
        require(again.parts[i].content_type == whole.parts[i].content_type);
        require(again.parts[i].data == whole.parts[i].data);
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    std::string_view const text{reinterpret_cast<char const*>(data), size};
    std::size_t const end = std::min(text.find('\n'), size);
    auto const boundary = boundary_of(text.substr(0, end));
    if (boundary) check(text.substr(std::min(end + 1, size)), *boundary);
    return 0;
}
