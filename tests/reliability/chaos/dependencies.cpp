#include "dependencies.hpp"

#include <chrono>
#include <string>
#include <thread>

namespace chaos {

namespace {

using std::chrono::milliseconds;

/// The request may ask for a dependency that fails, `dep=2`, and for slow ones, `slow=1`.
void fail_if_asked(serval::request const& r, std::size_t which)
{
    if (r.query("dep") == std::to_string(which + 1)) throw serval::http_error(409, "a dependency fails");
}

bool is_slow(serval::request const& r)
{
    return r.query("slow") == "1";
}

} // namespace

serval::task<lease> open_session(serval::request& r)
{
    lease made{id_of(r), session_number};
    if (is_slow(r)) co_await serval::sleep_for(milliseconds(1));
    fail_if_asked(r, session_number);
    made.use("its own function");
    co_return made;
}

lease begin_transaction(session under, serval::request& r)
{
    under->use("a plain dependency");
    lease made{id_of(r), transaction_number, &*under};
    if (is_slow(r)) std::this_thread::sleep_for(milliseconds{1});
    fail_if_asked(r, transaction_number);
    return made;
}

lease take_connection(serval::request& r)
{
    lease made{id_of(r), connection_number};
    if (is_slow(r)) std::this_thread::sleep_for(milliseconds{1});
    fail_if_asked(r, connection_number);
    return made;
}

serval::task<lease> open_view(connection under, serval::request& r)
{
    under->use("a coroutine dependency");
    lease made{id_of(r), view_number, &*under};
    if (is_slow(r)) co_await serval::sleep_for(milliseconds(1));
    fail_if_asked(r, view_number);
    co_return made;
}

} // namespace chaos
