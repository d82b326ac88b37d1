/// The application: every kind of endpoint. Each answers GET or POST /<kind>/<id>/<n>, `n` being a size or a
/// count.
#pragma once

#include "dependencies.hpp"
#include "guards.hpp"

#include <serval/serval.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace chaos {

/// Where the files are that are served; made once a run.
struct served_files {
    std::string directory;
    static constexpr std::size_t sizes[] = {100, 70'000, 3'000'000};
    /// Seed of the content of file `i`.
    static constexpr std::uint64_t content_id(std::size_t i) noexcept { return 9'000'000 + i; }
    std::string path(std::size_t i) const { return directory + "/file" + std::to_string(i); }
};

struct note {
    int number = 0;
    std::string text;
    std::vector<int> list;
};

struct line {
    int number = 0;
    std::string text;
};

using id_parameter = serval::params::path<"id", unsigned>;
using n_parameter = serval::params::path<"n", std::size_t>;
using nap_parameter = serval::params::query<"nap", int, serval::def(0)>; ///< milliseconds
/// 0: none; n: throws before element n - 1 of a stream, or at the handler's end. Odd ones throw an
/// http_error.
using fail_parameter = serval::params::query<"fail", int, serval::def(0)>;

/// Throws what a request with `fail=n` asks for.
[[noreturn]] void fail_as_asked(int fail);

void add_plain_answers(serval::app& app);                      // endpoints.cpp
void add_uploads(serval::app& app);                            // endpoints_uploads.cpp
void add_streams(serval::app& app, served_files const& files); // endpoints_streams.cpp
void add_ranges(serval::app& app);                             // endpoints_ranges.cpp
void add_tasks(serval::app& app);                              // endpoints_tasks.cpp
void add_hooks(serval::app& app);                              // endpoints_tasks.cpp

} // namespace chaos
