// What an app has been told: routes, groups, middleware, hooks.
#pragma once

#include "handler/background_hosts.hpp"
#include "handler/endpoint.hpp"
#include "openapi/operation.hpp"
#include "routing/path_pattern.hpp"
#include "routing/route_table.hpp"

#include <serval/app.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace serval::detail {

struct router_state;

/// One registered route and its metadata.
struct route_state {
    app_state* app = nullptr;
    router_state* owner = nullptr;
    serval::method method = method::get;
    routing::path_pattern pattern;
    bound_handler handler;

    std::string name{};
    bool named = false; ///< by route::name
    std::string summary{};
    std::string description{};
    std::vector<std::string> tags{}; ///< besides those of its groups
    int status = 200;
    bool deprecated = false;
    bool hidden = false;
    type_table const* response_model = nullptr;
    openapi::operation_notes notes{};
    bool reads_body = false;
    std::optional<std::size_t> max_body{};
    std::optional<std::uint64_t> max_file_size{};
    std::optional<std::size_t> max_files{};
    std::optional<std::chrono::milliseconds> timeout{};
};

class group_router final : public router {
public:
    using router::router;
};

/// A router: the app's own, or a group, of which there is one for a prefix.
struct router_state {
    app_state* app = nullptr;
    std::string prefix{}; ///< whole, with those of the groups around it
    std::vector<std::string> tags{};
    std::vector<bound_middleware> middleware{};
    std::unique_ptr<group_router> handle{};
};

/// The app's router, the groups whose prefixes `inner` continues, and `inner`: what holds for its routes, the
/// outermost first. Looked up once the app is described, so that nothing is lost that is said late.
std::vector<router_state const*> around(router_state const& inner);

/// What is called again and again while a server runs.
struct periodic_job {
    std::chrono::nanoseconds interval{};
    bound_hook hook;
    task_options options;
};

struct app_state {
    app_info info;
    router_state root;
    std::deque<router_state> groups; ///< stable addresses: `router` refers to them
    std::deque<route_state> routes;  ///< stable addresses: `route` refers to them
    routing::route_table table;      ///< finds conflicts as routes come
    std::vector<bound_hook> startup;
    std::vector<bound_hook> drain;
    std::vector<bound_hook> shutdown;
    std::vector<std::shared_ptr<periodic_job const>> jobs;
    std::vector<exception_answer> exception_answers;
    std::function<void(refusal const&, response&)> on_refused;
    handler::replacements overrides;
    std::shared_ptr<background_hosts> hosts = std::make_shared<background_hosts>();
    std::mutex freezing;                   ///< of what follows; several servers may start at a time
    std::optional<std::string> document{}; ///< once the app is frozen and serves it
    std::atomic<bool> frozen{false};

    /// Throws std::logic_error once the app has been frozen.
    void must_be_open(char const* what) const;
    /// Throws std::logic_error while a server or a test_client runs.
    void must_not_be_served() const;
};

} // namespace serval::detail
