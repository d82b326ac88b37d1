// Runs a fuzz target's function over files, without libFuzzer: replay DIRECTORY...
//
// A directory that does not exist counts as empty (no input has failed yet); having no file at all is an
// error.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size);

namespace {

void replay(std::filesystem::path const& file)
{
    // First, so that it is the last line when the target aborts.
    std::printf("%s\n", file.c_str());
    std::fflush(stdout);
    std::ifstream in{file, std::ios::binary};
    std::string const text{std::istreambuf_iterator<char>{in}, {}};
    // Memory that ends where the input does, so that a sanitizer finds reads past it.
    auto const memory = std::make_unique<std::uint8_t[]>(text.size());
    if (!text.empty()) std::memcpy(memory.get(), text.data(), text.size());
    LLVMFuzzerTestOneInput(memory.get(), text.size());
}

} // namespace

int main(int argc, char** argv)
{
    int count = 0;
    for (int i = 1; i < argc; ++i) {
        if (!std::filesystem::exists(argv[i])) continue;
        for (auto const& entry : std::filesystem::recursive_directory_iterator{argv[i]}) {
            if (!entry.is_regular_file()) continue;
            replay(entry.path());
            ++count;
        }
    }
    std::printf("%d inputs\n", count);
    return count == 0 ? 1 : 0;
}
