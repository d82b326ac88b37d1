// An app for run_test.py, proxies_test.py and files_test.py: what a user's main() looks like.
#include <serval/serval.hpp>

#include <boost/asio/io_context.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <unistd.h>

namespace {

using namespace serval::params;
using namespace std::chrono_literals;

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

/// Blocks its loop.
serval::task<std::string> block()
{
    std::this_thread::sleep_for(std::chrono::seconds{20});
    co_return "at last";
}

/// A sink that takes the line with the URL, and then blocks whoever logs.
class blocking_sink final : public serval::log_sink {
public:
    void write(serval::log_record const& record) noexcept override
    {
        if (record.message.find("running on") != std::string_view::npos) return console_->write(record);
        for (;;)
            ::pause();
    }

private:
    std::shared_ptr<serval::log_sink> const console_ = serval::console_log();
};

bool asked_for(char const* what)
{
    char const* const mode = std::getenv("SERVAL_TEST_MODE");
    return mode != nullptr && std::string_view{mode} == what;
}

/// A program that embeds a server, and is never told to end.
int host(serval::app& app)
{
    boost::asio::io_context context{1};
    serval::settings options;
    options.port = 0;
    serval::server server{app, context, options};
    server.start();
    std::string const line = "running on http://127.0.0.1:" + std::to_string(server.port()) + "\n";
    std::fputs(line.c_str(), stderr);
    context.run();
    return 0;
}

/// Hooks that take their time.
void add_hooks(serval::app& app)
{
    if (asked_for("slow start")) {
        app.on_startup([]() -> serval::task<> {
            std::fputs("starting\n", stderr);
            co_await serval::sleep_for(700ms);
        });
    }
    if (asked_for("throwing start")) app.on_startup([] { throw 5; });
    if (asked_for("throwing stop")) app.on_shutdown([] { throw 5; });
    if (asked_for("endless stop"))
        app.on_shutdown([] { std::this_thread::sleep_for(std::chrono::seconds{20}); });
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
    app.get("/block", block);
    app.get("/signals", [] {
        // As a program that a handler starts has it.
        std::string text;
        std::array<char, 256> line{};
        FILE* const child = ::popen("grep ^SigIgn /proc/self/status", "r");
        while (child != nullptr && std::fgets(line.data(), line.size(), child) != nullptr)
            text += line.data();
        if (child != nullptr) ::pclose(child);
        return text;
    });
    add_hooks(app);
    if (asked_for("host")) return host(app);
    serval::settings defaults;
    if (asked_for("blocking sink")) defaults.log = std::make_shared<blocking_sink>();
    return serval::run(app, argc, argv, defaults);
}
