#include "answer.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace chaos {

namespace {

std::string lower(std::string_view text)
{
    std::string made{text};
    for (auto& c : made)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
    return made;
}

} // namespace

void answer_reader::fail(std::string text)
{
    problem_ = std::move(text);
    state_ = state::broken;
}

void answer_reader::read(std::string& bytes)
{
    begun_ = begun_ || !bytes.empty();
    for (bool more = true; more;) {
        switch (state_) {
        case state::head: more = read_head(bytes); break;
        case state::chunk_size:
        case state::chunk_end:
        case state::trailer: more = read_line_of_chunks(bytes); break;
        case state::length:
        case state::chunk:
        case state::until_end: more = take_body(bytes); break;
        case state::whole:
        case state::broken: more = false; break;
        }
    }
}

void answer_reader::end() noexcept
{
    if (state_ == state::until_end) state_ = state::whole;
}

bool answer_reader::read_head(std::string& bytes)
{
    static constexpr std::string_view version = "HTTP/1.1 ";
    auto const end = bytes.find("\r\n\r\n");
    auto const sure = std::min(version.size(), bytes.size());
    if (std::string_view{bytes}.substr(0, sure) != version.substr(0, sure)) {
        fail("an answer begins with \"" + bytes.substr(0, 20) + '"');
        return false;
    }
    if (end == std::string::npos) return false;
    std::string_view head{bytes.data(), end + 2};
    std::from_chars(head.data() + version.size(), head.data() + head.size(), status_);
    head.remove_prefix(head.find("\r\n") + 2);
    while (!head.empty() && state_ == state::head) {
        auto const line = head.substr(0, head.find("\r\n"));
        head.remove_prefix(line.size() + 2);
        read_field(line);
    }
    bytes.erase(0, end + 4);
    if (state_ != state::head) return false;
    if (status_ / 100 == 1) { // 100 Continue: the answer is still to come
        length_.reset();
        return true;
    }
    choose_framing();
    return true;
}

void answer_reader::read_field(std::string_view line)
{
    auto const colon = line.find(':');
    if (colon == std::string_view::npos) return fail("a field without a colon: " + std::string{line});
    auto const name = lower(line.substr(0, colon));
    auto value = line.substr(colon + 1);
    while (value.starts_with(' '))
        value.remove_prefix(1);
    if (name == "content-length") {
        std::size_t n = 0;
        auto const [at, ec] = std::from_chars(value.data(), value.data() + value.size(), n);
        if (ec != std::errc{} || at != value.data() + value.size() || length_)
            return fail("a bad content-length");
        length_ = n;
    } else if (name == "transfer-encoding") {
        chunked_ = lower(value) == "chunked";
    } else if (name == "connection") {
        closes_ = lower(value) == "close";
    }
}

void answer_reader::choose_framing()
{
    if (chunked_ && length_) return fail("both a length and chunks");
    // One that gave up on a head did not know that it was to be one of HEAD.
    bool const head_unread = status_ == 400 || status_ == 408;
    if ((head_ && !head_unread) || status_ == 204 || status_ == 304) {
        state_ = state::whole;
    } else if (chunked_) {
        state_ = state::chunk_size;
    } else if (length_) {
        left_ = *length_;
        state_ = left_ == 0 ? state::whole : state::length;
    } else {
        state_ = closes_ ? state::until_end : state::broken;
        if (!closes_) problem_ = "neither a length nor chunks nor a close";
    }
}

bool answer_reader::read_line_of_chunks(std::string& bytes)
{
    auto const end = bytes.find("\r\n");
    if (end == std::string::npos) {
        if (bytes.size() > 40) fail("a chunk's line without an end");
        return false;
    }
    auto const line = bytes.substr(0, end);
    bytes.erase(0, end + 2);
    if (state_ == state::chunk_size) {
        auto const [at, ec] = std::from_chars(line.data(), line.data() + line.size(), left_, 16);
        if (ec != std::errc{} || at != line.data() + line.size()) {
            fail("a bad chunk size: " + line);
            return false;
        }
        state_ = left_ == 0 ? state::trailer : state::chunk;
    } else if (!line.empty()) {
        fail("a bad end of a chunk: " + line);
        return false;
    } else {
        state_ = state_ == state::trailer ? state::whole : state::chunk_size;
    }
    return true;
}

bool answer_reader::take_body(std::string& bytes)
{
    auto const n = state_ == state::until_end ? bytes.size() : std::min(left_, bytes.size());
    body_.append(bytes, 0, n);
    bytes.erase(0, n);
    if (state_ == state::until_end) return false;
    left_ -= n;
    if (left_ != 0) return false;
    state_ = state_ == state::chunk ? state::chunk_end : state::whole;
    return true;
}

} // namespace chaos
