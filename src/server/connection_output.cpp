// The response's side of a connection.
#include "base/ascii.hpp"
#include "http/body_producer.hpp"
#include "server/connection.hpp"
#include "wire/response_head.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/system/system_error.hpp>

#include <array>
#include <span>
#include <utility>

namespace serval::server_impl {

namespace asio = boost::asio;

namespace {

/// Bodies beyond this are written from where they are; smaller ones are cheaper to copy behind their head.
constexpr std::size_t copied_body = 16 * 1024;

} // namespace

void connection::write_head(response const& answer, bool keep, framing body, std::uint64_t length)
{
    wire::response_head head{work_->output};
    head.status(answer.status());
    head.date(loop_.date());
    if (!wire::is_bodiless(answer.status())) {
        if (auto const type = answer.content_type(); !type.empty()) head.field("content-type", type);
    }
    if (body == framing::length) head.content_length(length);
    if (body == framing::chunked) head.field("transfer-encoding", "chunked");
    for (auto const& field : answer.headers()) {
        if (!base::iequals(field.name, "content-type")) head.field(field.name, field.value);
    }
    if (!keep) {
        head.field("connection", "close");
    } else if (exchange().state.head.http_1_0) {
        head.field("connection", "keep-alive");
    }
    head.end();
}

/// The head of an answer whose body is text. False: by its status it has no body.
bool connection::write_head_of_text(response const& answer, bool keep)
{
    bool const says_empty = answer.status() == wire::reset_content;
    bool const with_body = !says_empty && !wire::is_bodiless(answer.status());
    write_head(answer, keep, with_body || says_empty ? framing::length : framing::none,
               with_body ? answer.body().size() : 0);
    return with_body;
}

void connection::write_answer(bool keep)
{
    auto& x = exchange();
    auto& answer = x.answer;
    if (answer.streamed() && answer.status() != wire::reset_content) {
        // To a HEAD request: as far as the length is known.
        bool const with_body = !wire::is_bodiless(answer.status());
        auto const length = answer.content_length() ? answer.content_length() : answer.producer()->length();
        write_head(answer, keep, length && with_body ? framing::length : framing::none, length.value_or(0));
    } else if (write_head_of_text(answer, keep) && !x.head_only) {
        if (answer.body().size() <= copied_body) {
            work_->output += answer.body();
        } else {
            large_body_ = std::move(answer.body());
        }
    }
    log_access();
}

void connection::log_access()
{
    auto& log = loop_.environment().log;
    if (!log.access_enabled()) return;
    auto const& head = exchange().state.head;
    log.access(stream_->peer(), head.method_name, head.target, head.http_1_0 ? "1.0" : "1.1",
               exchange().answer.status());
}

/// A full disk, or descriptors that have run out, would else fill the log, too.
void connection::log_disk_trouble()
{
    if (auto const held_back = loop_.environment().disk_trouble.pass())
        return log_failure("Disk trouble in ", exchange().disk_problem + base::log_gate::remark(*held_back));
    loop_.counters().handler_errors.add();
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
        write_rate_.moved += written;
        if (sent_ > stream_begin_) stream_begin_ = nowhere;
    }
    out.clear();
    answers_left();
    stream_begin_ = nowhere;
    if (!large_body_.empty())
        std::string{}.swap(large_body_); // assigning an empty string would keep the memory
    sent_ = 0;
    return true;
}

void connection::post_flush()
{
    // The handler may suspend: what earlier requests have been answered must not wait for it. When it does
    // not suspend, its answer joins the others before this runs.
    if (flush_posted_) return;
    asio::post(loop_.context(), [self = shared_from_this()] {
        self->flush_posted_ = false;
        if (self->at_work_ && self->phase_ != phase::writing) self->flush_now();
    });
    flush_posted_ = true;
}

/// While the connection waits to write, the peer's rate is watched; that time is not the handler's.
class connection::writing_phase {
public:
    explicit writing_phase(connection& of) : of_{of}, before_{std::exchange(of.phase_, phase::writing)}
    {
        of_.write_rate_ = {.since = of_.loop_.now(), .moved = 0, .unsent_before = of_.stream_->unsent()};
        ++of_.write_waits_;
        of_.show_work();
    }
    ~writing_phase()
    {
        --of_.write_waits_;
        of_.phase_ = before_;
        of_.since_ = of_.loop_.now();
        of_.show_work();
    }
    writing_phase(writing_phase const&) = delete;
    writing_phase& operator=(writing_phase const&) = delete;

private:
    connection& of_;
    phase before_;
};

task<void> connection::flush()
{
    {
        writing_phase const writing{*this};
        while (!ended_ && !flush_now()) {
            auto const ec = co_await stream_->wait_writable();
            on_write_wait(ec);
        }
    }
    // Time that the answer took is not the next request's.
    if (!ended_ && (phase_ == phase::idle || phase_ == phase::head)) become_idle();
}

task<void> connection::wait_to_write()
{
    writing_phase const writing{*this};
    auto const ec = co_await stream_->wait_writable();
    on_write_wait(ec);
}

void connection::on_write_wait(boost::system::error_code ec)
{
    if (!ec) return;
    // Cancelled, by the handler or for it: what is written stays, and whoever waits learns of it.
    if (at_work_ && !ended_ && ec == asio::error::operation_aborted) throw boost::system::system_error(ec);
    ended_ = true;
}

/// What was answered is with the kernel, or lost.
void connection::answers_left() noexcept
{
    if (unsent_answers_ != 0) loop_.counters().requests_in_flight.add(-std::exchange(unsent_answers_, 0));
}

} // namespace serval::server_impl
