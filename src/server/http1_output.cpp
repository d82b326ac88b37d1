#include "server/http1_output.hpp"

#include "base/ascii.hpp"
#include "http/body_producer.hpp"
#include "wire/response_head.hpp"

#include <algorithm>
#include <utility>

namespace serval::server_impl {

void http1_output::ask_for_body()
{
    *buffer_ += "HTTP/1.1 100 Continue\r\n\r\n";
}

void http1_output::write_head(response const& answer, persistence behind, std::string_view date, framing body,
                              std::uint64_t length, std::string_view text)
{
    wire::response_head head{*buffer_};
    head.status(answer.status());
    head.date(date);
    if (!wire::is_bodiless(answer.status())) {
        if (auto const type = answer.content_type(); !type.empty()) head.field("content-type", type);
    }
    if (body == framing::length) head.content_length(length);
    if (body == framing::chunked) head.field("transfer-encoding", "chunked");
    for (auto const& field : answer.headers()) {
        if (!base::iequals(field.name, "content-type")) head.field(field.name, field.value);
    }
    if (behind == persistence::close) head.field("connection", "close");
    if (behind == persistence::keep_1_0) head.field("connection", "keep-alive");
    head.end(text);
}

/// An answer whose body is text, unless its status has none.
void http1_output::write_text(response& answer, persistence behind, std::string_view date, bool head_only)
{
    bool const with_body = !wire::is_bodiless(answer.status());
    bool const says_length = with_body || answer.status() == wire::reset_content;
    std::string_view const body = with_body ? answer.body() : std::string_view{};
    bool const copied = !head_only && body.size() <= copied_body;
    write_head(answer, behind, date, says_length ? framing::length : framing::none, body.size(),
               copied ? body : std::string_view{});
    if (!head_only && !copied) large_body_ = std::move(answer.body());
}

void http1_output::write(response& answer, persistence behind, std::string_view date, bool head_only)
{
    if (answer.streamed() && answer.status() != wire::reset_content) {
        // To a HEAD request: as far as the length is known.
        bool const with_body = !wire::is_bodiless(answer.status());
        auto const length = answer.content_length() ? answer.content_length() : answer.producer()->length();
        write_head(answer, behind, date, length && with_body ? framing::length : framing::none,
                   length.value_or(0));
    } else {
        write_text(answer, behind, date, head_only);
    }
}

void http1_output::begin(response const& answer, persistence behind, std::string_view date,
                         std::optional<std::uint64_t> length, bool http_1_0)
{
    begun_at_ = buffer_->size();
    framing_ = length ? framing::length : http_1_0 ? framing::none : framing::chunked;
    write_head(answer, behind, date, framing_, length.value_or(0));
}

void http1_output::switch_to(std::string_view protocol, response const& answer, std::string_view date)
{
    begun_at_ = buffer_->size();
    framing_ = framing::none;
    wire::response_head head{*buffer_};
    head.status(101);
    head.date(date);
    head.field("connection", "upgrade");
    head.field("upgrade", protocol);
    for (auto const& field : answer.headers())
        head.field(field.name, field.value);
    head.end();
}

std::size_t http1_output::room() const noexcept
{
    return max_gathered - std::min(max_gathered, buffer_->size());
}

void http1_output::append(std::string_view bytes)
{
    if (framing_ == framing::chunked) {
        wire::append_chunk(*buffer_, bytes);
    } else {
        *buffer_ += bytes;
    }
}

void http1_output::finish()
{
    if (framing_ == framing::chunked) wire::append_last_chunk(*buffer_);
}

void http1_output::take_back() noexcept
{
    buffer_->resize(begun_at_); // which is shorter: nothing is allocated
    begun_at_ = nowhere;
    framing_ = framing::length;
}

std::array<std::string_view, 2> http1_output::to_send() const noexcept
{
    std::string_view const front = *buffer_;
    std::string_view const back = large_body_;
    if (sent_ < front.size()) return {front.substr(sent_), back};
    return {back.substr(sent_ - front.size()), {}};
}

void http1_output::sent(std::size_t bytes) noexcept
{
    sent_ += bytes;
    if (sent_ > begun_at_) begun_at_ = nowhere;
}

void http1_output::clear() noexcept
{
    buffer_->clear();
    if (!large_body_.empty())
        std::string{}.swap(large_body_); // assigning an empty string would keep the memory
    sent_ = 0;
    begun_at_ = nowhere;
}

void http1_output::move_to(std::string& fresh) noexcept
{
    fresh.swap(*buffer_);
    buffer_ = &fresh;
}

} // namespace serval::server_impl
