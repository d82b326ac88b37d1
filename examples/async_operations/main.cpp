// FastAPI's "Async Operations and Background Tasks" in C++: section 6, running the server.
#include "async_operations/application.hpp"

#include <serval/serval.hpp>

#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <system_error>

namespace {

/// What the option asks for. A directory that somebody else may use, too, is not cleaned unasked.
std::optional<std::chrono::seconds> max_age_of(std::string const& text, bool own_directory)
{
    if (text.empty())
        return own_directory ? async_operations::upload_options{}.max_age : std::chrono::seconds{0};
    std::int64_t seconds = 0;
    auto const [end, failure] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (failure != std::errc{} || end != text.data() + text.size() || seconds < 0) return std::nullopt;
    return std::chrono::seconds{seconds};
}

} // namespace

int main(int argc, char** argv)
{
    async_operations::upload_options uploads;
    std::string directory = uploads.directory.string();
    std::string max_age;

    serval::command_line line{async_operations::info()};
    line.option("--upload-dir", directory, "Where uploads are saved");
    line.option(
        "--upload-max-age", max_age,
        "Seconds after which files in the upload directory, whoever made them, are removed; 0: never. "
        "Default: a day, and never with --upload-dir");
    if (auto const status = line.parse(argc, argv)) return *status;
    auto const age = max_age_of(max_age, directory == uploads.directory.string());
    if (directory.empty() || !age) {
        std::fputs("async_operations: --upload-dir needs a directory, --upload-max-age a number from 0\n",
                   stderr);
        return 2;
    }
    uploads.directory = directory;
    uploads.max_age = *age;

    serval::app app{async_operations::info()};
    async_operations::add_everything(app, uploads);
    return serval::run(app, line);
}
