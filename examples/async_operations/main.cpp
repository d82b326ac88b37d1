// FastAPI's "Async Operations and Background Tasks" in C++: section 6, running the server.
#include "async_operations/application.hpp"

#include <serval/serval.hpp>

#include <cstdint>
#include <cstdio>
#include <string>

int main(int argc, char** argv)
{
    async_operations::upload_options uploads;
    std::string directory = uploads.directory.string();
    std::int64_t max_age = uploads.max_age.count();

    serval::command_line line{async_operations::info()};
    line.option("--upload-dir", directory, "Where uploads are saved");
    line.option("--upload-max-age", max_age, "Seconds after which saved uploads are removed; 0: never");
    if (auto const status = line.parse(argc, argv)) return *status;
    if (directory.empty() || max_age < 0) {
        std::fputs("async_operations: --upload-dir needs a directory, --upload-max-age a number from 0\n",
                   stderr);
        return 2;
    }
    uploads.directory = directory;
    uploads.max_age = std::chrono::seconds{max_age};

    serval::app app{async_operations::info()};
    async_operations::add_everything(app, uploads);
    return serval::run(app, line.settings());
}
