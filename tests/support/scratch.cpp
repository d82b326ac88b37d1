#include "support/scratch.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <sys/mount.h>

namespace serval::test {

temp_directory::temp_directory(std::filesystem::path const& parent)
{
    std::string name = parent / "serval-test-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error{"no temporary directory in " + name};
    path_ = name;
}

temp_directory::~temp_directory()
{
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

std::vector<std::string> temp_directory::names() const
{
    std::vector<std::string> found;
    for (auto const& entry : std::filesystem::directory_iterator{path_})
        found.push_back(entry.path().filename().native());
    std::sort(found.begin(), found.end());
    return found;
}

std::string temp_directory::content(std::string const& name) const
{
    std::ifstream in{path_ / name, std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, {}};
}

void temp_directory::write(std::string const& name, std::string const& content) const
{
    std::ofstream{path_ / name, std::ios::binary} << content;
}

small_disk::small_disk() : mounted_{::mount("tmpfs", directory_.text().c_str(), "tmpfs", 0, "size=1m") == 0}
{}

small_disk::~small_disk()
{
    if (mounted_) ::umount2(directory_.text().c_str(), MNT_DETACH);
}

std::uintmax_t small_disk::used() const
{
    auto const space = std::filesystem::space(directory_.path());
    return space.capacity - space.free;
}

} // namespace serval::test
