// The response's side of a connection.
#include "server/connection.hpp"
#include "wire/response_head.hpp"

#include <boost/asio/error.hpp>

#include <array>
#include <span>
#include <utility>

namespace serval::server_impl {

namespace asio = boost::asio;

namespace {

/// Bodies beyond this are written from where they are; smaller ones are cheaper to copy behind their head.
constexpr std::size_t copied_body = 16 * 1024;

} // namespace

void connection::write_head(response const& answer, bool keep, std::size_t body_bytes, bool with_body)
{
    auto& out = work_->output;
    wire::append_status_line(out, answer.status());
    wire::append_field(out, "date", loop_.date());
    if (with_body) {
        if (auto const type = answer.content_type(); !type.empty())
            wire::append_field(out, "content-type", type);
        wire::append_content_length(out, body_bytes);
    }
    for (auto const& field : answer.headers())
        wire::append_field(out, field.name, field.value);
    if (!keep) {
        wire::append_field(out, "connection", "close");
    } else if (exchange().state.head.http_1_0) {
        wire::append_field(out, "connection", "keep-alive");
    }
    out += "\r\n";
}

void connection::write_answer(bool keep)
{
    auto& x = exchange();
    auto& answer = x.answer;
    bool const with_body = !wire::is_bodiless(answer.status());
    write_head(answer, keep, answer.body().size(), with_body);
    if (with_body && !x.head_only) {
        if (answer.body().size() <= copied_body) {
            work_->output += answer.body();
        } else {
            large_body_ = std::move(answer.body());
        }
    }
    auto& log = *loop_.environment().log;
    auto const& head = x.state.head;
    if (log.access_enabled()) {
        log.access(stream_->peer(), head.method_name, head.target, head.http_1_0 ? "1.0" : "1.1",
                   answer.status());
    }
}

bool connection::flush_now()
{
    auto& out = work_->output;
    std::size_t const total = out.size() + large_body_.size();
    while (sent_ < total && !ended_) {
        std::size_t const in_large = sent_ > out.size() ? sent_ - out.size() : 0;
        std::array<asio::const_buffer, 2> pieces;
        std::size_t count = 0;
        if (sent_ < out.size()) pieces[count++] = asio::const_buffer(out.data() + sent_, out.size() - sent_);
        if (!large_body_.empty()) {
            pieces[count++] =
                asio::const_buffer(large_body_.data() + in_large, large_body_.size() - in_large);
        }
        auto const [ec, written] = stream_->try_write(std::span(pieces.data(), count));
        if (ec == asio::error::would_block) return false;
        if (ec) {
            ended_ = true;
            break;
        }
        sent_ += written;
        moved_ += written;
    }
    out.clear();
    if (!large_body_.empty())
        std::string{}.swap(large_body_); // assigning an empty string would keep the memory
    sent_ = 0;
    return true;
}

task<void> connection::flush()
{
    auto const before = std::exchange(phase_, phase::writing);
    since_ = loop_.now();
    moved_ = 0;
    unsent_before_ = stream_->unsent();
    while (!ended_ && !flush_now()) {
        auto const ec = co_await stream_->wait_writable();
        if (ec) ended_ = true;
    }
    phase_ = before;
    since_ = loop_.now();
    // Time that the answer took is not the next request's.
    if (!ended_ && (before == phase::idle || before == phase::head)) become_idle();
}

} // namespace serval::server_impl
