/// The dependencies of the endpoints: a coroutine under a plain function, and a plain function under a
/// coroutine.
#pragma once

#include "guards.hpp"

#include <serval/serval.hpp>

#include <cstddef>

namespace chaos {

enum dependency_number : std::size_t { session_number, transaction_number, connection_number, view_number };

/// Coroutine.
serval::task<lease> open_session(serval::request& r);
/// Plain, uses the session until its end.
lease begin_transaction(serval::params::depends<&open_session> under, serval::request& r);
/// Plain.
lease take_connection(serval::request& r);
/// Coroutine, uses the connection until its end.
serval::task<lease> open_view(serval::params::depends<&take_connection> under, serval::request& r);

using session = serval::params::depends<&open_session>;
using transaction = serval::params::depends<&begin_transaction>;
using connection = serval::params::depends<&take_connection>;
using view = serval::params::depends<&open_view>;

} // namespace chaos
