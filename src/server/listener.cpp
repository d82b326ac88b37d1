#include "server/listener.hpp"

#include "server/listen_address.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <limits>
#include <string>
#include <sys/resource.h>
#include <utility>

namespace serval::server_impl {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::milliseconds accept_pause{100};
constexpr int accepted_a_turn = 16; // more, and those that were accepted before get too little of the loop

/// At most 80 % of the descriptors this process may have: handlers need some, too.
std::size_t bounded_by_descriptors(std::size_t wanted)
{
    rlimit allowed{};
    wanted = std::min(wanted, static_cast<std::size_t>(std::numeric_limits<std::int64_t>::max()));
    if (::getrlimit(RLIMIT_NOFILE, &allowed) != 0 || allowed.rlim_cur == RLIM_INFINITY) return wanted;
    return std::max<std::size_t>(1, std::min(wanted, static_cast<std::size_t>(allowed.rlim_cur / 10 * 8)));
}

boost::system::error_code no_memory() noexcept
{
    return boost::system::errc::make_error_code(boost::system::errc::not_enough_memory);
}

/// Has `target` serve an accepted socket. On its thread.
void serve(loop& target, newcomer accepted)
{
    auto const make = accepted.make;
    target.serve(make(target, std::move(accepted)));
}

} // namespace

listener::listener(std::vector<std::shared_ptr<loop>> const& loops, serval::settings const& settings)
    : loops_{loops},
      settings_{settings},
      max_connections_{bounded_by_descriptors(settings.limits.connections)},
      quota_{settings.limits.connections_per_address == 0
                 ? nullptr
                 : std::make_shared<address_quota>(settings.limits.connections_per_address)}
{}

/// Before the loops run.
void listener::expect_vacancies()
{
    auto& services = asio::use_service<http::loop_services>(first().context());
    while (rooms_.size() != sockets_.size())
        rooms_.push_back(std::make_shared<http::remote_wake_up>(services));
    vacancy_ = std::make_shared<vacancy>(rooms_);
    for (auto const& one : loops_)
        one->tell_vacancies(vacancy_);
}

std::vector<listen_address> listener::open()
{
    auto places = listen_addresses(settings_);
    std::vector<std::vector<listening_socket>> made(places.size());
    for (bool const any_port : {false, true}) { // last, or it may be the port that another place names
        for (std::size_t i = 0; i != places.size(); ++i) {
            auto& place = places[i];
            if ((place.unix_path.empty() && place.port == 0) != any_port) continue;
            made[i] = listen_at(place, first().context(), first().environment().log);
            if (!place.unix_path.empty()) place.host.clear();
            place.port = made[i].front().port();
        }
    }
    for (auto& some : made)
        std::move(some.begin(), some.end(), std::back_inserter(sockets_));
    expect_vacancies();
    return places;
}

task<void> listener::run(std::size_t socket)
{
    auto& at = sockets_[socket];
    while (!closing_) {
        auto [ec] = co_await at.wait();
        if (closing_) break;
        try {
            if (!ec && at_limit()) {
                co_await wait_for_room(*rooms_[socket]);
            } else if (!ec) {
                ec = accept_waiting(at, accepted_a_turn);
            }
        } catch (std::exception const&) {
            ec = no_memory();
        }
        if (ec) {
            complain(ec); // no descriptors, no memory: others may give theirs back
            co_await pause();
        }
    }
}

boost::system::error_code listener::accept_waiting(listening_socket& at, int at_most)
{
    for (int i = 0; i != at_most && !at_limit(); ++i) {
        auto accepted = at.accept();
        if (!accepted) {
            if (accepted.error() == asio::error::connection_aborted) continue;
            if (accepted.error() == asio::error::would_block) break;
            return accepted.error();
        }
        try {
            deal(std::move(*accepted));
        } catch (std::exception const&) {
            return no_memory();
        }
    }
    return {};
}

std::size_t listener::next_loop() noexcept
{
    return std::exchange(next_, (next_ + 1) % loops_.size());
}

void listener::deal(newcomer accepted)
{
    if (quota_) {
        auto place = quota_->take(accepted.peer);
        if (!place) return refuse(accepted);
        accepted.place = std::move(*place);
    }
    auto& target = *loops_[next_loop()];
    if (&target == &first()) return serve(target, std::move(accepted));
    asio::post(target.context(), [&target, one = std::move(accepted), underway = underway_]() mutable {
        try {
            serve(target, std::move(one));
        } catch (std::exception const&) {
            target.environment().log.write(log_level::warning, "No memory to serve a connection");
        }
    });
}

bool listener::at_limit() const noexcept
{
    if (closing_) return false;                    // who got through is served
    std::int64_t open = underway_.use_count() - 1; // all but the listener's own
    for (auto const& one : loops_)
        open += one->counters().connections.value();
    return open >= static_cast<std::int64_t>(max_connections_);
}

/// Somebody waits outside of a full house.
task<void> listener::wait_for_room(http::remote_wake_up& room)
{
    vacancy::wait const here{*vacancy_, room};
    if (!at_limit()) co_return;
    ask_for_room();
    co_await room.wait(std::chrono::steady_clock::now() + accept_pause);
}

/// Asks the loops, that of the longest idle connection first, until one has heard it: of a loop that
/// something blocks, and that has not let anybody go, no second one is asked for.
void listener::ask_for_room()
{
    std::pair<std::int64_t, std::size_t> asked{std::numeric_limits<std::int64_t>::min(), 0};
    for (std::size_t left = loops_.size(); left != 0; --left) {
        std::pair<std::int64_t, std::size_t> next{idle_list::nobody, 0};
        for (std::size_t i = 0; i != loops_.size(); ++i) {
            std::pair const one{loops_[i]->idle_since(), i};
            if (asked < one && one < next) next = one;
        }
        if (next.first == idle_list::nobody || loops_[next.second]->ask_for_room()) return;
        asked = next;
    }
}

task<void> listener::pause()
{
    asio::steady_timer timer{first().context()};
    timer.expires_after(accept_pause);
    co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
}

void listener::complain(boost::system::error_code ec) noexcept
{
    if (!complaints_.pass()) return;
    try {
        first().environment().log.write(log_level::warning,
                                        "Cannot accept a connection: " + ec.message() + "; trying again");
    } catch (std::exception const&) { // it may be memory that is short
    }
}

void listener::refuse(newcomer const& one)
{
    auto const held_back = refusals_.pass();
    if (!held_back) return;
    first().environment().log.write(
        log_level::warning, "Refused a connection of " + client_address_of(one.peer).host + ", which has " +
                                std::to_string(settings_.limits.connections_per_address) + " already" +
                                base::log_gate::remark(*held_back));
}

void listener::close()
{
    if (std::exchange(closing_, true)) return;
    for (auto& one : sockets_)
        one.cancel_wait();
    for (auto const& one : rooms_)
        one->wake();
    // First, so that whoever comes to replace this server finds the places free.
    for (auto& one : sockets_)
        one.remove_file();
    for (auto& one : sockets_) {
        // No more than the queue can hold: under a storm of connections there is always one more.
        accept_waiting(one, asio::socket_base::max_listen_connections);
        one.close();
    }
}

} // namespace serval::server_impl
