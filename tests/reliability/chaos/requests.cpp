#include "requests.hpp"

#include "content.hpp"
#include "endpoints.hpp"

#include <algorithm>

namespace chaos {

namespace {

constexpr char const* names[] = {"quick",      "plain",         "coroutine",      "large",     "large-plain",
                                 "pooled",     "until-stopped", "echo",           "impatient", "form",
                                 "form-plain", "kept-form",     "body",           "parts",     "texts",
                                 "events",     "lines",         "written",        "file",      "range",
                                 "tasks",      "free-tasks",    "streamed-tasks", "background"};
static_assert(std::size(names) == static_cast<std::size_t>(kind::count_));

constexpr char const* boundary = "frontier";

bool can_fail(kind of) noexcept
{
    return of == kind::plain || of == kind::coroutine || of == kind::texts || of == kind::lines ||
           of == kind::written || of == kind::range;
}

/// The dependencies that a kind has, as bits.
unsigned dependencies_of(kind of) noexcept
{
    constexpr unsigned session = 1, transaction = 3, connection = 4, view = 12;
    switch (of) {
    case kind::plain:
    case kind::large_plain:
    case kind::until_stopped:
    case kind::form:
    case kind::texts:
    case kind::range:
    case kind::tasks: return transaction;
    case kind::coroutine:
    case kind::lines: return view | session;
    case kind::written: return view | transaction;
    case kind::large:
    case kind::impatient:
    case kind::body:
    case kind::events:
    case kind::file:
    case kind::background: return session;
    case kind::pooled:
    case kind::form_plain:
    case kind::parts:
    case kind::streamed_tasks: return view;
    case kind::echo: return connection;
    default: return 0;
    }
}

bool dependency_fails(request_plan const& one) noexcept
{
    return one.failing_dependency != 0 &&
           (dependencies_of(one.kind) >> (one.failing_dependency - 1)) % 2 != 0;
}

std::string note_text(std::uint64_t id)
{
    return "note " + std::to_string(id);
}

std::string json_body(request_plan const& one)
{
    return R"({"number":)" + std::to_string(one.id) + R"(,"text":")" + content(one.id, 1, one.n) +
           R"(","list":[1,2,3]})";
}

std::string form_body(request_plan const& one)
{
    std::string made;
    made.append("--").append(boundary).append("\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\n");
    made.append(note_text(one.id)).append("\r\n--").append(boundary);
    made.append("\r\nContent-Disposition: form-data; name=\"upload\"; filename=\"a.txt\"\r\n"
                "Content-Type: text/plain\r\n\r\n");
    made.append(content(one.id, 1, one.n)).append("\r\n--").append(boundary).append("--\r\n");
    return made;
}

std::string body_of(request_plan const& one)
{
    if (one.kind == kind::echo) return json_body(one);
    return one.kind == kind::body ? content(one.id, 1, one.n) : form_body(one);
}

char const* type_of(kind of) noexcept
{
    if (of == kind::echo) return "application/json";
    return of == kind::body ? "application/octet-stream" : "multipart/form-data; boundary=frontier";
}

std::string in_chunks(std::string const& body, std::uint64_t id)
{
    random sizes{id};
    std::string made;
    char length[20];
    for (std::size_t at = 0; at < body.size();) {
        std::size_t const n = std::min(body.size() - at, sizes.between<std::size_t>(1, 9000));
        made.append(length, static_cast<std::size_t>(std::snprintf(length, sizeof length, "%zx\r\n", n)));
        made.append(body, at, n).append("\r\n");
        at += n;
    }
    return made += "0\r\n\r\n";
}

std::string stream_item(request_plan const& one, std::size_t k)
{
    std::string text = content(one.id, k, element_size(one.id, k, one.kind == kind::range));
    if (one.kind == kind::events) return "data: " + text + "\nid: " + std::to_string(k) + "\n\n";
    if (one.kind == kind::lines) return R"({"number":)" + std::to_string(k) + R"(,"text":")" + text + "\"}\n";
    return text;
}

} // namespace

bool takes_body(kind of) noexcept
{
    return of == kind::echo || of == kind::impatient || (of >= kind::form && of <= kind::parts);
}

bool is_stream(kind of) noexcept
{
    return (of >= kind::texts && of <= kind::written) || of == kind::range || of == kind::streamed_tasks;
}

bool uses_pool(request_plan const& one) noexcept
{
    bool const plain =
        one.kind == kind::streamed_tasks || one.kind == kind::form_plain || one.kind == kind::plain;
    return plain || (dependencies_of(one.kind) & 14U) != 0 || one.kind == kind::pooled;
}

bool is_endless(request_plan const& one) noexcept
{
    return one.kind == kind::events && one.n == 0;
}

void choose_size(random& r, request_plan& one, bool fails)
{
    one.n = r.chance(80) ? r.between<std::size_t>(0, 2000) : r.between<std::size_t>(2000, 60'000);
    switch (one.kind) {
    case kind::impatient: one.n = 10; break;
    case kind::body:
    case kind::form:
    case kind::form_plain:
    case kind::kept_form:
    case kind::parts:
        if (r.chance(10)) one.n = r.between<std::size_t>(60'000, 400'000);
        break;
    case kind::file: one.n = r.below(std::size(served_files::sizes)); break;
    case kind::until_stopped: one.nap = r.between(0, 60); break;
    case kind::tasks:
    case kind::free_tasks:
        one.n = r.between<std::size_t>(0, 20'000);
        one.nap = r.between(1, 3); // how many
        break;
    case kind::events:
        one.n = r.chance(60) ? 0 : r.between<std::size_t>(1, 30);
        if (one.n == 0) one.old = one.head = false;
        break;
    default: break;
    }
    if (is_stream(one.kind) && one.kind != kind::events)
        one.n = r.chance(85) ? r.between<std::size_t>(0, 30) : r.between<std::size_t>(30, 600);
    if (one.kind == kind::range) one.n = std::min<std::size_t>(one.n, 60);
    if (!fails || !can_fail(one.kind)) return;
    one.fail = is_stream(one.kind) ? r.between(1, static_cast<int>(std::min<std::size_t>(one.n, 40)) + 1)
                                   : r.between(1, 2);
    if (is_stream(one.kind) && static_cast<std::size_t>(one.fail) > one.n) one.fail = 0;
}

std::string target_of(request_plan const& one)
{
    std::string made = "/";
    made += names[static_cast<std::size_t>(one.kind)];
    made += '/' + std::to_string(one.id) + '/' + std::to_string(one.n) + "?nap=" + std::to_string(one.nap);
    if (one.fail != 0) made += "&fail=" + std::to_string(one.fail);
    if (one.failing_dependency != 0) made += "&dep=" + std::to_string(one.failing_dependency);
    if (one.slow) made += "&slow=1";
    return made;
}

std::string request_bytes(request_plan const& one)
{
    bool const posts = takes_body(one.kind);
    std::string made = posts ? "POST " : one.head ? "HEAD " : "GET ";
    made += target_of(one);
    made += one.old ? " HTTP/1.0\r\nConnection: keep-alive\r\n" : " HTTP/1.1\r\n";
    made += "Host: chaos\r\n";
    if (!posts) return made += "\r\n";
    if (one.kind == kind::impatient) return made += "Content-Length: 10\r\n\r\n"; // and nothing of it
    std::string const body = body_of(one);
    made.append("Content-Type: ").append(type_of(one.kind)).append("\r\n");
    if (one.chunked) return made.append("Transfer-Encoding: chunked\r\n\r\n").append(in_chunks(body, one.id));
    return made.append("Content-Length: ")
        .append(std::to_string(body.size()))
        .append("\r\n\r\n")
        .append(body);
}

std::string expected_body(request_plan const& one, std::size_t at_least)
{
    std::string made;
    switch (one.kind) {
    case kind::large:
    case kind::large_plain: return content(one.id, 0, 1024 * 1024);
    case kind::echo: return json_body(one);
    case kind::file: return content(served_files::content_id(one.n), 0, served_files::sizes[one.n]);
    case kind::impatient: return {};
    case kind::body:
    case kind::form:
    case kind::form_plain:
    case kind::kept_form:
    case kind::parts: {
        digest sum;
        if (one.kind != kind::body) sum.add(note_text(one.id));
        sum.add(content(one.id, 1, one.n));
        return sum.text();
    }
    default: break;
    }
    if (!is_stream(one.kind)) return content(one.id, 0, one.n);
    for (std::size_t k = 0; is_endless(one) ? made.size() < at_least : k != one.n; ++k)
        made += stream_item(one, k);
    return made;
}

int good_status(request_plan const& one, std::size_t json_limit)
{
    // A length that is declared is judged before the dependencies run, chunks when they come.
    bool const too_large = one.kind == kind::echo && json_body(one).size() > json_limit;
    if (too_large && !(one.chunked && dependency_fails(one))) return 413;
    if (dependency_fails(one)) return 409;
    if (one.kind == kind::impatient) return 418;
    bool const made = !one.head || !is_stream(one.kind); // for HEAD no element is
    if (one.fail != 0 && one.kind != kind::until_stopped && made) return 0;
    return 200;
}

bool is_expected_status(request_plan const& one, int status, std::size_t json_limit)
{
    int const good = good_status(one, json_limit);
    return good != 0 ? status == good : status == (one.fail % 2 != 0 ? 418 : 500);
}

} // namespace chaos
