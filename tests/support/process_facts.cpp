#include "support/process_facts.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <unistd.h>

namespace serval::test {

namespace {

std::size_t entries(char const* directory)
{
    return static_cast<std::size_t>(
        std::distance(std::filesystem::directory_iterator{directory}, std::filesystem::directory_iterator{}));
}

} // namespace

std::size_t descriptor_count()
{
    return entries("/proc/self/fd") - 1; // the one that reads the folder
}

std::size_t thread_count()
{
    return entries("/proc/self/task");
}

std::size_t resident_bytes()
{
    std::ifstream in{"/proc/self/statm"};
    std::size_t total = 0;
    std::size_t resident = 0;
    in >> total >> resident;
    return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

} // namespace serval::test
