// Bodies that coroutines make: generators, and functions that write.
#include "handler/stream.hpp"

#include "handler/held_head.hpp"
#include "handler/large_json.hpp"
#include "handler/response_model.hpp"
#include "http/pool_call.hpp"
#include "model/encode.hpp"

#include <serval/detail/stream_item.hpp>
#include <serval/response.hpp>
#include <serval/streaming_response.hpp>

#include <boost/asio/this_coro.hpp>

#include <exception>
#include <optional>
#include <stdexcept>

namespace serval {

task<void> response_writer::write(std::string_view bytes)
{
    co_await http::append_all(*sink_, bytes);
    sink_->flush_soon();
    co_await take_turn();
}

task<void> response_writer::flush()
{
    co_await sink_->flush();
    co_await take_turn();
}

task<void> response_writer::take_turn()
{
    if (++steps_ < http::steps_a_turn) co_return;
    steps_ = 0;
    co_await sink_->let_others();
}

} // namespace serval

namespace serval::detail {

void single_use_producer::begin()
{
    if (begun_.exchange(true)) throw std::logic_error("a streaming_response was sent before");
}

void set_stream_type(response& out, std::string_view type)
{
    bool const bare_text = type.starts_with("text/") && type.find("charset=") == std::string_view::npos;
    out.content_type(bare_text ? std::string{type}.append("; charset=utf-8") : std::string{type});
}

namespace {

/// False: it would be longer than `limit`.
bool append_json(std::string& out, type_table const& type, void const* value, std::size_t limit)
{
    auto const result = model::encode(type, value, out, model::encode_style::value, limit);
    if (result == model::encode_result::ok) return true;
    if (result == model::encode_result::too_long) return false;
    throw std::domain_error("a value " + model::explain(type, value));
}

class generator_stream final : public single_use_producer {
public:
    /// `declared`: the type as which the values are written; null: as their own.
    generator_stream(any_generator body, stream_item const& item, type_table const* declared) noexcept
        : body_{std::move(body)},
          item_{item},
          declared_{declared}
    {}

    task<void> produce(http::body_sink& out) override
    {
        begin();
        if (!body_.valid()) co_return;               // it had ended before
        any_generator const body = std::move(body_); // ends with this, however long the response is kept
        body.promise().executor = co_await boost::asio::this_coro::executor;
        held_head head(out);
        std::exception_ptr thrown;
        try {
            std::string scratch;
            for (unsigned in_a_row = 0;; ++in_a_row) {
                auto const step = body.resume();
                if (step == generator_step::done) break;
                if (step == generator_step::value) {
                    void const* const value = body.promise().value;
                    auto text = text_of(value, scratch, handler::large_json);
                    if (!text) { // the generator keeps the value meanwhile
                        if (!head.holds(body.promise().executor) && !out.flush_now()) co_await out.flush();
                        large_item visit(*this, value, scratch);
                        co_await http::run_on_json_pool(visit);
                        head.check();
                        text = scratch;
                    }
                    head.release();
                    text->remove_prefix(out.append(*text));
                    if (!text->empty()) co_await http::append_all(out, *text);
                } else {
                    if (!head.holds(body.promise().executor) && !out.flush_now()) co_await out.flush();
                    task<void> waiting = std::move(body.promise().waiting);
                    co_await std::move(waiting);
                    head.check();
                }
                if (in_a_row < http::steps_a_turn) continue;
                in_a_row = 0;
                co_await out.let_others();
            }
        } catch (...) {
            thrown = std::current_exception();
        }
        head.release();
        if (thrown) std::rethrow_exception(thrown);
    }

    std::string_view ping() override { return item_.events ? ": ping\n\n" : ""; }

private:
    /// A visit of the pool, for a value that is too long to be written on the loop.
    class large_item final : public pool_call {
    public:
        large_item(generator_stream const& stream, void const* value, std::string& out) noexcept
            : pool_call{[](pool_call& self) { static_cast<large_item&>(self).write(); }},
              stream_{stream},
              value_{value},
              out_{out}
        {}

    private:
        void write() { stream_.text_of(value_, out_, model::no_limit); }

        generator_stream const& stream_;
        void const* value_;
        std::string& out_;
    };

    /// A view of the value, or of `scratch`. Empty optional: it would be longer than `limit`.
    std::optional<std::string_view> text_of(void const* value, std::string& scratch, std::size_t limit) const
    {
        if (item_.text != nullptr) return item_.text(value, scratch);
        scratch.clear();
        bool const whole = declared_ != nullptr
                               ? handler::append_declared(scratch, *declared_, *item_.type, value, limit)
                               : append_json(scratch, *item_.type, value, limit);
        if (!whole) return std::nullopt;
        scratch += '\n';
        return scratch;
    }

    any_generator body_;
    stream_item const& item_;
    type_table const* declared_;
};

class written_stream final : public single_use_producer {
public:
    explicit written_stream(std::function<task<void>(response_writer&)> write_body)
        : write_body_{std::move(write_body)}
    {}

    task<void> produce(http::body_sink& out) override
    {
        begin();
        auto const write_body = std::move(write_body_); // its captures end with this
        response_writer writer(out);
        co_await write_body(writer);
    }

private:
    std::function<task<void>(response_writer&)> write_body_;
};

} // namespace

void store_stream(response& out, any_generator body, stream_item const& item, std::string_view media_type)
{
    set_stream_type(out, media_type);
    if (item.events) {
        out.header("cache-control", "no-cache");
        out.header("x-accel-buffering", "no");
    }
    auto const* const declared = item.type != nullptr ? out.declared() : nullptr;
    out.producer(std::make_shared<generator_stream>(std::move(body), item, declared));
}

void store_written_stream(response& out, std::function<task<void>(response_writer&)> write_body,
                          std::string_view media_type)
{
    set_stream_type(out, media_type);
    out.producer(std::make_shared<written_stream>(std::move(write_body)));
}

std::string to_json_text(type_table const& type, void const* value)
{
    std::string text;
    append_json(text, type, value, model::no_limit);
    return text;
}

} // namespace serval::detail
