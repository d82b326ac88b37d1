#include "plan.hpp"

#include "requests.hpp"

#include <algorithm>
#include <sstream>

namespace chaos {

namespace {

void choose_limits(random& r, serval::limits& limits)
{
    limits.file_memory = 1024;
    if (r.chance(25)) limits.json_body = 2048;
    if (r.chance(12)) limits.connections = r.between<std::size_t>(1, 6);
    if (r.chance(15)) limits.keep_alive_timeout = milliseconds{r.between(1, 100)};
    if (r.chance(15)) limits.head_timeout = milliseconds{r.between(1, 100)};
    if (r.chance(10)) limits.handler_timeout = milliseconds{r.between(1, 20)};
    if (r.chance(10)) limits.linger_timeout = milliseconds{r.between(1, 50)};
    if (r.chance(25)) limits.background_tasks = r.between<std::size_t>(1, 4);
    if (r.chance(40)) limits.background_overflow = serval::background_overflow::refuse;
    if (r.chance(20)) limits.form_memory = r.between<std::size_t>(0, 2048);
    if (r.chance(20)) limits.form_memory_total = r.between<std::size_t>(0, 2048);
}

void choose_settings(random& r, life_plan& plan, std::size_t loops)
{
    auto& settings = plan.settings;
    std::size_t const chosen = r.chance(40) ? 1 : r.between<std::size_t>(2, 4);
    settings.threads = loops != 0 ? loops : chosen;
    plan.own_context = r.chance(20) && loops == 0;
    plan.unix_socket = r.chance(25);
    settings.port = 0;
    settings.pool_threads = r.between<std::size_t>(1, 8);
    settings.pool_queue = r.chance(30) ? r.between<std::size_t>(0, 4) : r.between<std::size_t>(8, 16);
    settings.file_threads = r.between<std::size_t>(1, 2);
    settings.access_log = r.chance(50);
    choose_limits(r, settings.limits);
}

void choose_end(random& r, life_plan& plan)
{
    plan.drain_at = microseconds{r.between(1000, 60'000)};
    if (r.chance(65)) plan.drain_at = microseconds{r.between(1000, 20'000)};
    if (r.chance(3)) plan.drain_at = microseconds{r.between(270'000, 600'000)}; // a tick or two
    int const how = r.between(1, 100);
    plan.deadline = milliseconds{how <= 60   ? r.between(0, 12)
                                 : how <= 94 ? r.between(12, 50)
                                             : r.between(50, 300)};
    auto& ending = plan.ending;
    int const which = r.between(1, 100);
    if (which <= 10)
        ending = ending::destructor;
    else if (which <= 22)
        ending = ending::stop_and_abort;
    else if (which <= 28)
        ending = ending::stop_twice;
    else if (which <= 33 && plan.own_context)
        ending = ending::context_stopped_first;
    plan.abort_after = microseconds{r.between(0, 30'000)};
    plan.settings.shutdown_timeout = plan.deadline;
}

request_plan choose_request(random& r, life_plan& plan)
{
    request_plan made;
    made.id = ++plan.requests;
    made.kind = static_cast<kind>(r.below(static_cast<int>(kind::count_)));
    made.nap = r.chance(50) ? 0 : r.between(1, 4);
    made.slow = r.chance(10);
    made.chunked = r.chance(30);
    bool const fails = r.chance(8);
    made.failing_dependency = r.chance(4) ? r.between(1, 4) : 0;
    if (!takes_body(made.kind)) {
        made.head = r.chance(4);
        made.old = r.chance(8);
    }
    // Over a Unix socket nothing tells the end of such a body from one that is broken off.
    if (plan.unix_socket && is_stream(made.kind)) made.old = false;
    choose_size(r, made, fails);
    if (made.kind == kind::until_stopped) made.fail = plan.has_handler_timeout() ? 1 : 0;
    return made;
}

void give_requests(random& r, life_plan& plan, client_plan& client, int most)
{
    int const count = r.between(1, most);
    for (int i = 0; i != count; ++i) {
        client.requests.push_back(choose_request(r, plan));
        // What follows would be the body that this one never sends.
        if (client.requests.back().kind == kind::impatient) return;
    }
}

void leave_somewhere(random& r, client_plan& client)
{
    client.stays = false;
    client.resets = r.chance(50);
    std::size_t const total = request_bytes(client.requests.front()).size();
    switch (r.below(4)) {
    case 0: // in the head
        client.behaviour = "leaves in the head";
        client.send_bytes = r.between<std::size_t>(1, 30);
        client.leaves_when_sent = true;
        break;
    case 1:
        client.behaviour = "leaves in the request";
        client.send_bytes = r.between<std::size_t>(total / 4, total);
        client.leaves_when_sent = true;
        break;
    case 2:
        client.behaviour = "leaves in the answer";
        client.read_bytes =
            r.chance(50) ? r.between<std::size_t>(1, 600) : r.between<std::size_t>(600, 100'000);
        break;
    default:
        client.behaviour = "leaves after a while";
        client.leave_after = microseconds{r.between(0, 10'000)};
        break;
    }
}

void stall(random& r, client_plan& client)
{
    client.behaviour = "stalls";
    client.stays = false;
    client.idles = true;
    client.send_bytes = r.between<std::size_t>(1, request_bytes(client.requests.front()).size() - 1);
}

void read_slowly(random& r, client_plan& client)
{
    if (r.chance(60)) client.receive_buffer = 4096;
    if (r.chance(60)) {
        client.behaviour = "reads slowly";
        client.read_chunk = r.between<std::size_t>(500, 30'000);
    } else if (r.chance(50)) {
        client.behaviour = "reads late";
        client.read_from = microseconds{r.between(1000, 60'000)};
    } else {
        client.behaviour = "reads after the stop";
        client.read_from = never;
    }
}

std::string choose_garbage(random& r)
{
    static constexpr char const* pieces[] = {"GET / HTTP/1.1\r\n",
                                             "Host: x\r\n",
                                             "\r\n",
                                             "Content-Length: 5\r\n",
                                             "Transfer-Encoding: chunked\r\n",
                                             "POST /body/0/1 HTTP/1.1\r\n",
                                             "ZZZ\r\n",
                                             "\0\1\2\3",
                                             "5\r\nhello\r\n",
                                             " : \r\n",
                                             "GET /\xff\xfe HTTP/9.9\r\n",
                                             "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
                                             "Expect: 100-continue\r\n",
                                             "-1\r\n",
                                             "Content-Length: 99999999999999999999\r\n"};
    std::string made;
    int const count = r.between(1, 8);
    for (int i = 0; i != count; ++i)
        made += r.chance(20) ? std::string(r.between<std::size_t>(1, 40), static_cast<char>(r.below(256)))
                             : std::string{pieces[r.below(std::size(pieces))]};
    return made;
}

client_plan choose_client(random& r, life_plan& plan)
{
    client_plan made;
    made.begin = microseconds{r.below(plan.drain_at.count() + 3000)};
    if (r.chance(40)) made.begin = microseconds{r.below(2000)};
    int const which = r.between(1, 100);
    give_requests(r, plan, made, which <= 30 ? 4 : which <= 48 ? 8 : 2);
    made.stays_idle = r.chance(25);
    if (which <= 30) {
        made.behaviour = "is patient";
        if (r.chance(15)) made.send_chunk = r.between<std::size_t>(20, 500);
    } else if (which <= 48) {
        made.behaviour = "pipelines";
        made.pipelined = true;
    } else if (which <= 66) {
        leave_somewhere(r, made);
        made.pipelined = r.chance(30);
    } else if (which <= 74) {
        stall(r, made);
    } else if (which <= 86) {
        read_slowly(r, made);
        made.pipelined = r.chance(30);
    } else if (which <= 94) {
        made.behaviour = "closes its sending side";
        made.pipelined = made.half_closes = true;
        made.stays = false;
    } else {
        made.behaviour = "sends garbage";
        made.stays = false;
        made.garbage = choose_garbage(r);
        made.leave_after = microseconds{r.between(500, 20'000)};
    }
    made.idles = made.idles || made.send_chunk != all_bytes;
    return made;
}

} // namespace

life_plan make_plan(std::uint64_t seed, std::size_t loops)
{
    life_plan plan;
    random r{seed};
    plan.seed = seed;
    choose_settings(r, plan, loops);
    choose_end(r, plan);
    int const clients = r.between(1, 14);
    for (int i = 0; i != clients; ++i)
        plan.clients.push_back(choose_client(r, plan));
    return plan;
}

std::string describe(request_plan const& one)
{
    std::string text = std::to_string(one.id) + ' ' + target_of(one);
    if (one.head) text += " HEAD";
    if (one.old) text += " HTTP/1.0";
    if (one.chunked && takes_body(one.kind)) text += " chunked";
    return text;
}

std::string describe(life_plan const& plan)
{
    static constexpr char const* endings[] = {"stop", "stop and abort", "stop twice", "destructor",
                                              "context stopped first"};
    auto const& s = plan.settings;
    std::ostringstream out;
    out << (plan.own_context ? "caller's context" : std::to_string(s.threads) + " loops")
        << (plan.unix_socket ? ", unix" : ", tcp") << ", pool " << s.pool_threads << '+' << s.pool_queue
        << ", files " << s.file_threads << ", connections " << s.limits.connections << ", tasks "
        << s.limits.background_tasks
        << (s.limits.background_overflow == serval::background_overflow::refuse ? " refuse" : " inline")
        << ", handler_timeout " << s.limits.handler_timeout.count() << ", keep_alive "
        << s.limits.keep_alive_timeout.count() << ", head_timeout " << s.limits.head_timeout.count()
        << ", drain at " << plan.drain_at.count() << " us for " << plan.deadline.count() << " ms, by "
        << endings[static_cast<int>(plan.ending)] << '\n';
    for (auto const& client : plan.clients) {
        out << "  client at " << client.begin.count() << " us " << client.behaviour
            << (client.pipelined ? " *" : "") << '\n';
        for (auto const& one : client.requests)
            out << "    " << describe(one) << '\n';
    }
    return out.str();
}

} // namespace chaos
