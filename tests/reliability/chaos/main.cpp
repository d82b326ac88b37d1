/// chaos: thousands of short lives of a server, each with clients that do their worst.
///
///     chaos [--seconds N] [--lives N] [--master S] [--seed S] [--loops N] [--ignore KIND]... [--verbose]
///
/// Without a seed the lives' seeds are derived from a master seed, until the time is up or the lives are
/// lived; with one, that life is lived (again, with --lives). Exit status 1 when anything was found, each
/// with the command that repeats its life.
#include "content.hpp"
#include "life.hpp"
#include "support/process_facts.hpp"
#include "watchdog.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>
#include <malloc.h>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <unistd.h>

namespace {

struct options {
    std::uint64_t seconds = 60;
    std::uint64_t lives = std::numeric_limits<std::uint64_t>::max();
    std::optional<std::uint64_t> seed;
    std::uint64_t master = 0;
    std::size_t loops = 0;
    std::set<std::string, std::less<>> ignored; ///< kinds of findings
    bool verbose = false;
};

[[noreturn]] void refuse(std::string_view what)
{
    std::fprintf(stderr,
                 "chaos: %.*s\nusage: chaos [--seconds N] [--lives N] [--master S] [--seed S] [--loops N] "
                 "[--ignore KIND]... [--verbose]\n",
                 static_cast<int>(what.size()), what.data());
    std::exit(2);
}

std::uint64_t number_of(std::string_view text)
{
    std::uint64_t n = 0;
    auto const [at, ec] = std::from_chars(text.data(), text.data() + text.size(), n);
    if (ec != std::errc{} || at != text.data() + text.size()) refuse("not a number: " + std::string{text});
    return n;
}

options read_options(int argc, char** argv)
{
    options made;
    made.master = std::random_device{}();
    for (int i = 1; i < argc; ++i) {
        std::string_view const name = argv[i];
        if (name == "--verbose") {
            made.verbose = true;
            continue;
        }
        if (i + 1 == argc) refuse("what does " + std::string{name} + " mean?");
        if (name == "--ignore") {
            made.ignored.emplace(argv[++i]);
            continue;
        }
        std::uint64_t const value = number_of(argv[++i]);
        if (name == "--seconds")
            made.seconds = value;
        else if (name == "--lives")
            made.lives = value;
        else if (name == "--seed")
            made.seed = value;
        else if (name == "--master")
            made.master = value;
        else if (name == "--loops")
            made.loops = static_cast<std::size_t>(value);
        else
            refuse("unknown: " + std::string{name});
    }
    if (made.seed && made.lives == std::numeric_limits<std::uint64_t>::max()) made.lives = 1;
    return made;
}

/// A folder with the files that are served; removed at the end.
class file_folder {
public:
    file_folder()
    {
        files_.directory =
            (std::filesystem::temp_directory_path() / ("serval-chaos-" + std::to_string(::getpid())));
        std::filesystem::create_directories(files_.directory);
        for (std::size_t i = 0; i != std::size(chaos::served_files::sizes); ++i)
            std::ofstream{files_.path(i), std::ios::binary}
                << chaos::content(chaos::served_files::content_id(i), 0, chaos::served_files::sizes[i]);
    }
    ~file_folder()
    {
        std::error_code ignored;
        std::filesystem::remove_all(files_.directory, ignored);
    }
    file_folder(file_folder const&) = delete;
    file_folder& operator=(file_folder const&) = delete;

    chaos::served_files const& files() const noexcept { return files_; }

private:
    chaos::served_files files_;
};

/// Memory that grows from life to life.
class memory_watch {
public:
    void after_life(std::uint64_t count)
    {
        if (serval::test::under_sanitizer() || count != warm_up) return;
        warm_ = measure();
    }
    /// Bytes that were added since the warm-up, when there are more of them than may be.
    std::size_t growth() const
    {
        if (warm_ == 0) return 0;
        std::size_t const now = measure();
        return now > warm_ + tolerance ? now - warm_ : 0;
    }

private:
    static constexpr std::uint64_t warm_up = 200;
    static constexpr std::size_t tolerance = std::size_t{30} * 1024 * 1024;

    static std::size_t measure()
    {
        ::malloc_trim(0);
        return serval::test::resident_bytes();
    }

    std::size_t warm_ = 0;
};

/// What the lives have come to.
class account {
public:
    account(std::string repeat, std::set<std::string, std::less<>> ignored)
        : repeat_{std::move(repeat)},
          ignored_{std::move(ignored)}
    {}

    void add(std::uint64_t seed, chaos::life_result const& life)
    {
        ++lives_;
        requests_ += life.requests;
        whole_ += life.whole;
        broken_ += life.broken;
        clean_ += life.clean ? 1 : 0;
        for (auto const& one : life.findings)
            add(seed, one);
    }

    bool well() const noexcept { return kinds_.empty(); }
    std::uint64_t lives() const noexcept { return lives_; }

    void print() const
    {
        std::printf("chaos: %llu lives, %llu of them stopped clean; %llu requests, %llu answered whole, %llu "
                    "broken off\n",
                    wide(lives_), wide(clean_), wide(requests_), wide(whole_), wide(broken_));
        for (auto const& [kind, count] : kinds_)
            std::printf("chaos: FOUND %llu times: %s\n", wide(count), kind.c_str());
        if (well()) std::printf("chaos: nothing found\n");
    }

private:
    static constexpr std::uint64_t shown_of_a_kind = 3;

    static unsigned long long wide(std::uint64_t n) noexcept { return n; }

    void add(std::uint64_t seed, chaos::finding const& found)
    {
        if (ignored_.contains(found.kind)) return;
        if (++kinds_[found.kind] > shown_of_a_kind) return;
        std::printf("chaos: %s: %s\n  repeat: %s --seed %llu\n", found.kind.c_str(), found.text.c_str(),
                    repeat_.c_str(), wide(seed));
        std::fflush(stdout);
    }

    std::string repeat_;
    std::set<std::string, std::less<>> ignored_;
    std::map<std::string, std::uint64_t> kinds_;
    std::uint64_t lives_ = 0;
    std::uint64_t requests_ = 0;
    std::uint64_t whole_ = 0;
    std::uint64_t broken_ = 0;
    std::uint64_t clean_ = 0;
};

} // namespace

int main(int argc, char** argv)
{
    std::signal(SIGPIPE, SIG_IGN);
    ::mallopt(M_ARENA_MAX, 2); // else each of the many threads leaves some memory behind
    options const given = read_options(argc, argv);
    std::string const repeat =
        argv[0] + (given.loops != 0 ? " --loops " + std::to_string(given.loops) : std::string{});
    file_folder const folder;
    chaos::watchdog::start(repeat);
    chaos::random seeds{given.master};
    account all{repeat, given.ignored};
    memory_watch memory;
    if (!given.seed) std::printf("chaos: master seed %llu\n", static_cast<unsigned long long>(given.master));
    std::fflush(stdout);
    auto const end = std::chrono::steady_clock::now() + std::chrono::seconds{given.seconds};
    while (all.lives() < given.lives && (given.seed || std::chrono::steady_clock::now() < end)) {
        std::uint64_t const seed = given.seed ? *given.seed : seeds.next() >> 16;
        auto const plan = chaos::make_plan(seed, given.loops);
        if (given.verbose)
            std::fprintf(stderr, "seed %llu: %s", static_cast<unsigned long long>(seed),
                         chaos::describe(plan).c_str());
        auto const life = chaos::live(plan, folder.files(), given.verbose);
        all.add(seed, life);
        memory.after_life(all.lives());
        if (life.stuck) break;
    }
    chaos::life_result last;
    if (std::size_t const grown = memory.growth(); grown != 0)
        last.findings.push_back(
            {"memory-grows", std::to_string(grown / 1024) + " KiB more than after the warm-up"});
    if (!last.findings.empty()) all.add(given.master, last);
    all.print();
    return all.well() ? 0 : 1;
}
