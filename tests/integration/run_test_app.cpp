// An app for run_test.py, proxies_test.py and files_test.py: what a user's main() looks like.
#include <serval/serval.hpp>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <string>
#include <thread>

namespace {

using namespace serval::params;

std::atomic<int> seen{0};

serval::task<std::string> sleep_ms(path<"ms", int> ms)
{
    co_await serval::sleep_for(std::chrono::milliseconds(*ms));
    co_return "slept";
}

/// Ignores that it should stop.
std::string stuck()
{
    std::this_thread::sleep_for(std::chrono::seconds{20});
    return "at last";
}

/// What this server took the request for, a line a fact.
serval::task<std::string> echo(serval::request& r)
{
    ++seen;
    std::string text{r.method_name()};
    text.append(" ").append(r.target()).append(" ").append(r.http_version()).append("\n");
    for (std::size_t i = 0; i != r.header_count(); ++i) {
        auto const [name, value] = r.header_at(i);
        text.append(name).append(": ").append(value).append("\n");
    }
    co_return text.append("\n").append(r.body());
}

/// A file of the folder that files_test.py names.
serval::task<serval::response> send_file(path<"name", std::string> name)
{
    char const* const folder = std::getenv("SERVAL_TEST_FILES");
    auto file =
        serval::file_response(std::string{folder} + "/" + *name, serval::file_options{}.filename(*name));
    co_return file;
}

} // namespace

int main(int argc, char** argv)
{
    serval::app app{{.title = "Run test", .version = "1.2.3"}};
    app.get("/alive", []() -> serval::task<std::string> { co_return "yes"; });
    app.get("/sleep/{ms}", sleep_ms);
    app.get("/stuck", stuck);
    app.get("/seen", []() -> serval::task<std::string> { co_return std::to_string(seen); });
    app.get("/files/{name}", send_file);
    app.get("/echo/{rest:path}", echo).read_body();
    app.post("/echo/{rest:path}", echo).read_body();
    return serval::run(app, argc, argv);
}
