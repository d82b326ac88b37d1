// The temporary file of an upload.
#include "http/spooled_file.hpp"

#include <exception>
#include <utility>

namespace serval::http {

spooled_file::spooled_file(std::string const& directory, std::weak_ptr<base::thread_pool> closed_on)
    : content{directory},
      pool_{std::move(closed_on)}
{}

void spooled_file::run() noexcept
{
    std::unique_ptr<spooled_file> const closed{this};
}

void spooled_file::closer::operator()(spooled_file* file) const noexcept
{
    auto const pool = file->pool_.lock();
    try {
        if (pool != nullptr && pool->submit(*file)) return;
    } catch (std::exception const&) { // no memory for a thread
    }
    file->run();
}

} // namespace serval::http
