// The request head: parsed with Beast, judged by RFC 9110 and 9112.

// Beast 1.81 asserts on things that a peer can send, and a header-only library takes on its
// user's build mode. parse_head gives it only complete heads, in one piece, to a parser that reads no body,
// so none of its asserts can fire here; this makes sure of that in debug builds too. (Were the linker to take
// another translation unit's copy of these templates, the first half would still hold.)
#ifndef BOOST_DISABLE_ASSERTS
#define BOOST_DISABLE_ASSERTS
#endif

#include "wire/head.hpp"

#include "base/ascii.hpp"
#include "wire/target.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>

#include <algorithm>
#include <charconv>
#include <limits>

namespace serval::wire {

namespace {

namespace http = boost::beast::http;
using boost::beast::error_code;

std::string_view to_std(boost::beast::string_view text) noexcept
{
    return {text.data(), text.size()};
}

method to_method(http::verb verb) noexcept
{
    switch (verb) {
    case http::verb::get: return method::get;
    case http::verb::head: return method::head;
    case http::verb::post: return method::post;
    case http::verb::put: return method::put;
    case http::verb::delete_: return method::delete_;
    case http::verb::connect: return method::connect;
    case http::verb::options: return method::options;
    case http::verb::trace: return method::trace;
    case http::verb::patch: return method::patch;
    default: return method::other;
    }
}

// Calls `visit` with each element of a comma-separated list, without surrounding white space.
template <class Visitor>
void for_each_element(std::string_view list, Visitor visit)
{
    for (;;) {
        std::size_t const comma = list.find(',');
        visit(base::trim_ows(list.substr(0, comma)));
        if (comma == std::string_view::npos) return;
        list.remove_prefix(comma + 1);
    }
}

// Takes what Beast reads, and remembers the fields that the judgement is about.
class collector final : public http::basic_parser<true> {
public:
    collector(std::string_view head, request_head& out) noexcept : head_{head}, out_{out}
    {
        skip(true); // the body is not Beast's business; also keeps its body limit out of the judgement
        header_limit(std::numeric_limits<std::uint32_t>::max()); // head_scanner has judged the size
    }

    error judge() noexcept;
    error failure() const noexcept { return failure_; }
    bool has_request_line() const noexcept { return !out_.method_name.empty(); }

private:
    struct single_field {
        unsigned count = 0;
        std::string_view value;

        void add(std::string_view another) noexcept
        {
            ++count;
            value = another;
        }
    };

    void on_request_impl(http::verb verb, boost::beast::string_view name, boost::beast::string_view target,
                         int version, error_code&) override
    {
        out_.method = to_method(verb);
        out_.method_name = to_std(name);
        out_.target = to_std(target);
        out_.http_1_0 = version == 10;
    }

    void on_field_impl(http::field id, boost::beast::string_view raw_name,
                       boost::beast::string_view raw_value, error_code& ec) override
    {
        std::string_view const name = to_std(raw_name);
        std::string_view const value = to_std(raw_value);
        if (is_folded(name, value)) return fail(error::bad_field, ec);
        if (out_.field_count == request_head::max_fields) return fail(error::fields_too_large, ec);
        out_.field_storage[out_.field_count++] = {name, value};
        remember(id, value);
    }

    void on_header_impl(error_code&) override {}
    void on_finish_impl(error_code&) override {}
    // Never called for a request whose body is skipped.
    void on_response_impl(int, boost::beast::string_view, int, error_code&) override {}
    void on_body_init_impl(boost::optional<std::uint64_t> const&, error_code&) override {}
    std::size_t on_body_impl(boost::beast::string_view, error_code&) override { return 0; }
    void on_chunk_header_impl(std::uint64_t, boost::beast::string_view, error_code&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, boost::beast::string_view, error_code&) override
    {
        return 0;
    }

    void fail(error e, error_code& ec) noexcept
    {
        failure_ = e;
        ec = http::error::bad_field; // any will do: it stops Beast
    }

    bool is_folded(std::string_view name, std::string_view value) const noexcept;
    void remember(http::field id, std::string_view value) noexcept;
    void read_connection(std::string_view value) noexcept;
    error judge_target() noexcept;
    error judge_host() noexcept;
    error judge_framing() noexcept;
    error judge_length() noexcept;
    error judge_coding() const noexcept;
    error judge_expectation() noexcept;

    std::string_view head_;
    request_head& out_;
    single_field host_;
    single_field length_;
    single_field coding_;
    bool close_ = false;
    bool keep_alive_ = false;
    bool continue_ = false;
    bool other_expectation_ = false;
    error failure_ = error::none;
};

// head_scanner refuses obs-fold before this. Should a caller leave it out: Beast unfolds a value into a
// buffer on its stack, so the view would dangle; or, when the first line is empty, points past a CRLF.
bool collector::is_folded(std::string_view name, std::string_view value) const noexcept
{
    char const* const gap = name.data() + name.size();
    bool const inside = value.data() >= gap && value.data() <= head_.data() + head_.size();
    return !inside || std::find(gap, value.data(), '\n') != value.data();
}

void collector::remember(http::field id, std::string_view value) noexcept
{
    switch (id) {
    case http::field::host: host_.add(value); break;
    case http::field::content_length: length_.add(value); break;
    case http::field::transfer_encoding: coding_.add(value); break;
    case http::field::connection: read_connection(value); break;
    case http::field::expect:
        (base::iequals(value, "100-continue") ? continue_ : other_expectation_) = true;
        break;
    default: break;
    }
}

void collector::read_connection(std::string_view value) noexcept
{
    for_each_element(value, [this](std::string_view option) {
        close_ = close_ || base::iequals(option, "close");
        keep_alive_ = keep_alive_ || base::iequals(option, "keep-alive");
    });
}

error collector::judge() noexcept
{
    error e = judge_target();
    if (e == error::none) e = judge_host();
    if (e == error::none) e = judge_framing();
    if (e == error::none) e = judge_expectation();
    out_.keep_alive = !close_ && (keep_alive_ || !out_.http_1_0);
    return e;
}

error collector::judge_target() noexcept
{
    auto const target = wire::parse_target(out_.method, out_.target);
    if (!target) return error::bad_target;
    out_.path = target->path;
    out_.query = target->query;
    out_.host = target->authority;
    return error::none;
}

error collector::judge_host() noexcept
{
    if (host_.count == 0) return out_.http_1_0 ? error::none : error::bad_host;
    if (host_.count > 1 || !is_valid_authority(host_.value)) return error::bad_host;
    if (out_.host.empty()) out_.host = host_.value;
    return error::none;
}

error collector::judge_framing() noexcept
{
    out_.body = framing::none;
    out_.content_length = 0;
    if (coding_.count != 0) {
        // RFC 9112 section 6.1: with Content-Length, or in HTTP/1.0, Transfer-Encoding is an attack until
        // shown otherwise.
        if (coding_.count > 1 || length_.count != 0 || out_.http_1_0) return error::bad_framing;
        if (error const e = judge_coding(); e != error::none) return e;
        out_.body = framing::chunked;
    } else if (length_.count != 0) {
        return judge_length();
    }
    return error::none;
}

error collector::judge_length() noexcept
{
    constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    std::string_view const text = length_.value;
    if (length_.count > 1 || text.empty() || !std::ranges::all_of(text, base::is_digit)) {
        return error::bad_framing;
    }
    auto const [end, ec] = std::from_chars(text.data(), text.data() + text.size(), out_.content_length);
    if (ec != std::errc{} || out_.content_length > most) return error::bad_framing;
    out_.body = framing::length;
    return error::none;
}

error collector::judge_coding() const noexcept
{
    if (base::iequals(coding_.value, "chunked")) return error::none;
    bool well_formed = true;
    for_each_element(coding_.value,
                     [&](std::string_view coding) { well_formed = well_formed && base::is_token(coding); });
    return well_formed ? error::unknown_coding : error::bad_framing;
}

error collector::judge_expectation() noexcept
{
    bool const heard = !out_.http_1_0; // RFC 9110 section 10.1.1
    out_.expects_continue = heard && continue_;
    return heard && other_expectation_ ? error::bad_expectation : error::none;
}

bool is_version(std::string_view text) noexcept
{
    return text.size() == 8 && text.starts_with("HTTP/") && base::is_digit(text[5]) && text[6] == '.' &&
           base::is_digit(text[7]);
}

// Beast says bad_version to all that follows the target's SP: another version, another protocol, a space in
// the target.
error judge_version(std::string_view head) noexcept
{
    std::string_view const line = head.substr(0, head.find("\r\n"));
    std::size_t const second_space = line.find(' ', line.find(' ') + 1);
    std::string_view const version = line.substr(std::min(second_space, line.size() - 1) + 1);
    if (is_version(version)) return error::bad_version;
    bool const ends_well = version.size() > 8 && is_version(version.substr(version.size() - 8));
    return ends_well ? error::bad_target : error::bad_request_line;
}

error from_beast(error_code const& ec, bool has_request_line, std::string_view head) noexcept
{
    switch (static_cast<http::error>(ec.value())) {
    case http::error::bad_target: return error::bad_target;
    case http::error::bad_version: return judge_version(head);
    case http::error::bad_content_length:
    case http::error::multiple_content_length:
    case http::error::bad_transfer_encoding: return error::bad_framing;
    default: return has_request_line ? error::bad_field : error::bad_request_line;
    }
}

} // namespace

field const* request_head::find(std::string_view name) const noexcept
{
    auto const all = fields();
    auto const found = std::ranges::find_if(all, [&](field const& f) { return base::iequals(f.name, name); });
    return found == all.end() ? nullptr : &*found;
}

error parse_head(std::string_view head, request_head& out) noexcept
{
    out.method_name = {};
    out.field_count = 0; // the array itself is not cleared: 4 KiB, reused by every request
    if (head.size() > std::numeric_limits<std::uint32_t>::max()) return error::fields_too_large;

    collector parser{head, out};
    error_code ec;
    std::size_t const consumed = parser.put(boost::asio::const_buffer{head.data(), head.size()}, ec);
    if (parser.failure() != error::none) return parser.failure();
    if (ec) return from_beast(ec, parser.has_request_line(), head);
    if (consumed != head.size()) return error::bad_field; // not one head: more follows its final CRLF
    return parser.judge();
}

} // namespace serval::wire
