// A file of a multipart/form-data body.
#include "base/save_file.hpp"
#include "http/pool_call.hpp"
#include "http/upload_state.hpp"

#include <serval/upload_file.hpp>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

namespace serval {

namespace {

using shared_upload = std::shared_ptr<detail::upload_state const>;

std::string read_file(shared_upload const& upload, std::uint64_t from, std::size_t n)
{
    std::string text(n, '\0');
    std::size_t got = 0;
    try {
        got = upload->file->content.read_at(from, text.data(), n);
    } catch (std::system_error const& error) {
        throw storage_error{error.code()};
    }
    // Its name may have been given away by a save, and the file cut.
    if (got != n) throw storage_error{std::make_error_code(std::errc::io_error)};
    return text;
}

std::string read_memory(shared_upload const& upload, std::uint64_t from, std::size_t n)
{
    return std::string{upload->bytes().substr(std::min<std::size_t>(from, upload->memory.size()), n)};
}

task<std::string> ready(std::string text)
{
    co_return text;
}

task<std::string> start_reading(shared_upload const& upload, std::uint64_t from, std::size_t n)
{
    if (!upload->file || n == 0) return ready(read_memory(upload, from, n));
    return http::call_on_file_pool(read_file, upload, from, n);
}

std::string read_now(shared_upload const& upload, std::uint64_t from, std::size_t n)
{
    return upload->file && n != 0 ? read_file(upload, from, n) : read_memory(upload, from, n);
}

std::string save(shared_upload const& upload, std::filesystem::path const& directory, std::string const& name,
                 if_exists policy)
{
    base::file_content const content{.bytes = upload->bytes(),
                                     .file = upload->file ? &upload->file->content : nullptr,
                                     .size = upload->size};
    // The parent of a plain name is empty.
    std::string const where = directory.empty() ? "." : directory.native();
    try {
        return directory / base::save_file(where, name, policy, content);
    } catch (std::system_error const& error) {
        throw storage_error{error.code()};
    }
}

} // namespace

upload_file::upload_file() : state_{std::make_shared<detail::upload_state const>()} {}

upload_file::upload_file(std::shared_ptr<detail::upload_state const> state) noexcept
    : state_{std::move(state)}
{}

std::string const& upload_file::filename() const noexcept
{
    return state_->filename;
}

std::string const& upload_file::raw_filename() const noexcept
{
    return state_->raw_filename;
}

std::string const& upload_file::content_type() const noexcept
{
    return state_->content_type;
}

std::vector<header_field> const& upload_file::headers() const noexcept
{
    return state_->headers;
}

std::uint64_t upload_file::size() const noexcept
{
    return state_->size;
}

std::size_t upload_file::advance(std::uint64_t n) noexcept
{
    std::uint64_t const left = state_->size - std::min(position_, state_->size);
    std::uint64_t const taken = std::min(n, left);
    position_ += taken;
    return static_cast<std::size_t>(taken);
}

task<std::string> upload_file::read(std::size_t n)
{
    auto const from = position_;
    return start_reading(state_, from, advance(n));
}

task<std::string> upload_file::read_all()
{
    auto const from = position_;
    return start_reading(state_, from, advance(state_->size));
}

std::string upload_file::read_blocking(std::size_t n)
{
    auto const from = position_;
    return read_now(state_, from, advance(n));
}

std::string upload_file::read_all_blocking()
{
    auto const from = position_;
    return read_now(state_, from, advance(state_->size));
}

task<std::string> upload_file::save_to(std::string path, if_exists policy) const
{
    std::filesystem::path const file{std::move(path)};
    return http::call_on_file_pool(save, state_, file.parent_path(), file.filename().string(), policy);
}

std::string upload_file::save_to_blocking(std::string const& path, if_exists policy) const
{
    std::filesystem::path const file{path};
    return save(state_, file.parent_path(), file.filename().string(), policy);
}

task<std::string> upload_file::save_in(std::string directory, std::string name, if_exists policy) const
{
    if (name.empty()) name = filename();
    return http::call_on_file_pool(save, state_, std::filesystem::path{std::move(directory)}, std::move(name),
                                   policy);
}

std::string upload_file::save_in_blocking(std::string const& directory, std::string name,
                                          if_exists policy) const
{
    if (name.empty()) name = filename();
    return save(state_, directory, name, policy);
}

} // namespace serval
