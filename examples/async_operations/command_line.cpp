#include "async_operations/command_line.hpp"

#include <cstdio>
#include <string_view>

namespace async_operations {

namespace {

constexpr std::string_view option = "--upload-dir";

bool is_help(std::string_view argument)
{
    return argument == "--help" || argument == "-h";
}

void describe(std::filesystem::path const& upload_dir)
{
    std::printf("async_operations: FastAPI's notebook \"Async Operations and Background Tasks\", in C++\n\n"
                "  --upload-dir DIR    where uploads will be saved (default: %s)\n\n"
                "and the options of every serval application:\n\n",
                upload_dir.c_str());
    std::fflush(stdout);
}

} // namespace

std::optional<command_line> read_command_line(int argc, char const* const* argv)
{
    command_line line;
    line.upload_dir = std::filesystem::temp_directory_path() / "serval_uploads";
    bool help = false;
    for (int i = 0; i < argc; ++i) {
        std::string_view const argument = argv[i];
        std::string_view directory;
        if (argument == option) {
            if (i + 1 < argc) directory = argv[++i];
        } else if (argument.starts_with(option) && argument.substr(option.size()).starts_with('=')) {
            directory = argument.substr(option.size() + 1);
        } else {
            line.arguments.push_back(argv[i]);
            help = help || is_help(argument);
            continue;
        }
        if (directory.empty()) {
            std::fputs("async_operations: --upload-dir needs a directory\n", stderr);
            return std::nullopt;
        }
        line.upload_dir = directory;
    }
    if (help) describe(line.upload_dir);
    return line;
}

} // namespace async_operations
