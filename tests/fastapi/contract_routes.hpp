// The C++ twin of the FastAPI application whose answers are recorded in cases.json.
#pragma once

#include <serval/app.hpp>

namespace serval_contract {

/// Registers every route of app.py.
void add_routes(serval::app& a);

} // namespace serval_contract
