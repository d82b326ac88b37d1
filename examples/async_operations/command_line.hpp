// The example's own option, taken out of the command line before serval reads the rest.
#pragma once

#include <filesystem>
#include <optional>
#include <vector>

namespace async_operations {

struct command_line {
    /// Where uploads are to be saved (section 2, which is still to come).
    std::filesystem::path upload_dir;
    /// What is left for serval::run, the program's name first.
    std::vector<char const*> arguments;
};

/// Takes `--upload-dir DIR` and `--upload-dir=DIR` out of the arguments; its description goes before
/// serval::run's for `--help`.
///
/// Nothing, after a message to stderr, when DIR is missing.
std::optional<command_line> read_command_line(int argc, char const* const* argv);

} // namespace async_operations
