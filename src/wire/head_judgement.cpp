// What the fields of a request head say together.
#include "base/ascii.hpp"
#include "base/short_text.hpp"
#include "wire/head_parser.hpp"
#include "wire/target.hpp"

#include <charconv>
#include <limits>

namespace serval::wire {

namespace {

/// Calls `visit` with each element of a comma-separated list, without surrounding white space, until it says
/// no.
template <class Visitor>
bool all_elements(std::string_view list, Visitor visit)
{
    for (;;) {
        std::size_t const comma = list.find(',');
        if (!visit(base::trim_ows(list.substr(0, comma)))) return false;
        if (comma == std::string_view::npos) return true;
        list.remove_prefix(comma + 1);
    }
}

/// Whether four bytes are "host" in any case: setting the bit of case makes no other byte a letter of it.
bool is_host(char const* name) noexcept
{
    constexpr std::uint32_t case_bits = 0x20202020;
    return (base::load<std::uint32_t>(name) | case_bits) == base::load<std::uint32_t>("host");
}

error judge_coding(std::string_view value) noexcept
{
    if (base::iequals(value, "chunked")) return error::none;
    bool const well_formed =
        all_elements(value, [](std::string_view coding) { return base::is_token(coding); });
    return well_formed ? error::unknown_coding : error::bad_framing;
}

} // namespace

head_parser::step head_parser::remember(field const& one, std::size_t index) noexcept
{
    switch (one.name.size()) {
    case 4:
        if (is_host(one.name.data())) count(has_host, host_again, host_, index);
        break;
    case 6:
        if (base::iequals(one.name, "expect"))
            said_ |= base::iequals(one.value, "100-continue") ? continue_wanted : unknown_expectation;
        break;
    case 10:
        if (base::iequals(one.name, "connection")) return read_connection(one.value);
        break;
    case 14:
        if (base::iequals(one.name, "content-length")) count(has_length, length_again, length_, index);
        break;
    case 17:
        if (base::iequals(one.name, "transfer-encoding")) count(has_coding, coding_again, coding_, index);
        break;
    default: break;
    }
    return step::done;
}

void head_parser::count(unsigned once, unsigned again, std::uint8_t& where, std::size_t index) noexcept
{
    static_assert(request_head::max_fields <= 256);
    said_ |= said(once) ? again : once;
    where = static_cast<std::uint8_t>(index);
}

head_parser::step head_parser::read_connection(std::string_view value) noexcept
{
    bool const well_formed = all_elements(value, [this](std::string_view option) {
        if (base::iequals(option, "close")) said_ |= close_wanted;
        if (base::iequals(option, "keep-alive")) said_ |= keep_alive_wanted;
        return option.empty() || base::is_token(option);
    });
    return well_formed ? step::done : fail(error::bad_field);
}

error head_parser::judge(request_head& out) const noexcept
{
    error e = judge_target(out);
    if (e == error::none) e = judge_host(out);
    if (e == error::none) e = judge_framing(out);
    bool const heard = !out.http_1_0; // RFC 9110 section 10.1.1
    out.expects_continue = heard && said(continue_wanted);
    if (e == error::none && heard && said(unknown_expectation)) e = error::bad_expectation;
    out.keep_alive = !said(close_wanted) && (said(keep_alive_wanted) || !out.http_1_0);
    return e;
}

error head_parser::judge_target(request_head& out) const noexcept
{
    if (out.target.front() == '/' && out.method != method::connect) {
        out.path = out.target.substr(0, query_);
        out.query = query_ < out.target.size() ? out.target.substr(query_ + 1) : std::string_view{};
        out.host = {};
        return error::none;
    }
    auto const target = parse_target(out.method, out.target);
    if (!target) return error::bad_target;
    out.path = target->path;
    out.query = target->query;
    out.host = target->authority;
    return error::none;
}

error head_parser::judge_host(request_head& out) const noexcept
{
    if (!said(has_host)) return out.http_1_0 ? error::none : error::bad_host;
    auto const host = out.field_storage[host_].value;
    if (said(host_again) || !is_valid_authority(host)) return error::bad_host;
    if (out.host.empty()) out.host = host;
    return error::none;
}

error head_parser::judge_framing(request_head& out) const noexcept
{
    out.body = framing::none;
    out.content_length = 0;
    if (!said(has_length | has_coding)) return error::none;
    if (said(has_coding)) {
        // RFC 9112 section 6.1: with Content-Length, or in HTTP/1.0, Transfer-Encoding is an attack until
        // shown otherwise.
        if (said(coding_again | has_length) || out.http_1_0) return error::bad_framing;
        out.body = framing::chunked;
        return judge_coding(out.field_storage[coding_].value);
    }
    constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    auto const text = out.field_storage[length_].value;
    auto const [end, ec] = std::from_chars(text.data(), text.data() + text.size(), out.content_length);
    bool const number = ec == std::errc{} && end == text.data() + text.size(); // no sign: it is unsigned
    if (said(length_again) || !number || out.content_length > most) return error::bad_framing;
    out.body = framing::length;
    return error::none;
}

} // namespace serval::wire
