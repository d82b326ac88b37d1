// The frozen app: from a request's head to its response.
#pragma once

#include "handler/endpoint.hpp"
#include "handler/request_context.hpp"
#include "routing/route_tree.hpp"

#include <serval/detail/started_handler.hpp>
#include <serval/middleware.hpp>
#include <serval/refusal.hpp>
#include <serval/task.hpp>

#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <vector>

namespace serval::handler {

/// One immutable dispatch table, which every loop reads without a lock.
class dispatcher {
public:
    routing::route_tree routes;
    std::vector<endpoint> endpoints;
    std::size_t own_endpoints = 0;                  ///< the first ones are the application's; serval's follow
    std::vector<std::shared_ptr<void>> callables;   ///< of endpoints that the application does not know
    std::vector<middleware_entry> outer_middleware; ///< of the app: around requests without a route, too
    std::vector<detail::exception_answer> exception_answers;   ///< the first that fits answers
    std::function<void(refusal const&, response&)> on_refused; ///< empty: what serval answers stays as it is
    bool redirect_slashes = true;
    std::shared_ptr<void const> app; ///< keeps what all this refers to

    /// Begins to answer the request in `x`. Gives what is to be awaited until `x.answer` is complete, unless
    /// it is. Both may throw; see `answer_exception`.
    detail::started_handler begin(detail::request_context& x) const;

    /// Turns what `begin` or its task threw into `x.answer`. Never throws.
    void answer_exception(detail::request_context& x, std::exception_ptr thrown) const noexcept;

    /// The rest of the middleware chain from `index` on; `serval::next` ends here.
    task<response> call_from(detail::request_context& x, std::size_t index) const;

private:
    bool match(detail::request_context& x) const;
    /// Answers with a redirect to the path that differs by a slash, if there is one.
    bool redirects(detail::request_context& x, routing::match const& found) const;
    void answer_unmatched(detail::request_context& x, routing::match const& found) const;
    task<void> run_chain(detail::request_context& x) const;
    task<response> call_middleware(detail::request_context& x, middleware_entry const& entry,
                                   std::size_t index) const;
    task<response> call_innermost(detail::request_context& x) const;
    bool answer_known_exception(detail::request_context& x, std::exception_ptr const& thrown) const;
};

} // namespace serval::handler
