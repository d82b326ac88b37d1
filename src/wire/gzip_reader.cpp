// Decompressing gzip (RFC 1952) piece by piece.
#include "wire/gzip_reader.hpp"

#include <boost/beast/zlib/error.hpp>
#include <boost/beast/zlib/inflate_stream.hpp>

namespace serval::wire {

namespace zlib = boost::beast::zlib;

namespace {

constexpr std::string_view plain_header{"\x1f\x8b\x08\x00", 4}; // deflate, nothing optional
constexpr std::size_t header_size = 10;
constexpr std::size_t trailer_size = 8;

} // namespace

struct gzip_reader::state {
    zlib::inflate_stream inflater;
    zlib::z_params progress;
    bool well_formed = false;
    bool ended = false;
};

gzip_reader::gzip_reader(std::string_view file) : state_{std::make_unique<state>()}
{
    if (file.size() < header_size + trailer_size || !file.starts_with(plain_header)) return;
    state_->well_formed = true;
    state_->progress.next_in = file.data() + header_size;
    state_->progress.avail_in = file.size() - header_size - trailer_size;
}

gzip_reader::~gzip_reader() = default;

boost::system::result<std::size_t> gzip_reader::read(std::span<char> out)
{
    if (!state_->well_formed) return make_error_code(zlib::error::general);
    if (state_->ended) return std::size_t{0};
    auto& progress = state_->progress;
    progress.next_out = out.data();
    progress.avail_out = out.size();
    boost::system::error_code ec;
    state_->inflater.write(progress, zlib::Flush::sync, ec);
    state_->ended = ec == zlib::error::end_of_stream;
    if (ec && !state_->ended) return ec;
    // Without an error there is either more content or no more room.
    if (!state_->ended && progress.avail_out != 0) return make_error_code(zlib::error::end_of_stream);
    return out.size() - progress.avail_out;
}

} // namespace serval::wire
