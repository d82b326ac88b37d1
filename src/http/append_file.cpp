#include "http/append_file.hpp"

#include "base/temp_file.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <system_error>

namespace serval::http {

task<void> append_file(body_sink& out, int descriptor, std::uint64_t offset, std::uint64_t count)
{
    constexpr std::uint64_t piece = 64 * 1024;
    std::string bytes;
    while (count != 0) {
        bytes.resize(static_cast<std::size_t>(std::min(count, piece)));
        auto const [size, error] = base::read_all_at(descriptor, offset, bytes.data(), bytes.size());
        if (error) throw std::system_error{error, "reading the file of a response"};
        if (size != bytes.size()) throw std::runtime_error{"a file became shorter while it was sent"};
        co_await append_all(out, bytes);
        offset += size;
        count -= size;
    }
}

} // namespace serval::http
