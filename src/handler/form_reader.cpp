#include "handler/form_reader.hpp"

#include "base/ascii.hpp"
#include "base/utf8.hpp"
#include "handler/endpoint.hpp"
#include "http/upload_spool.hpp"
#include "wire/media_type.hpp"
#include "wire/query_string.hpp"

#include <serval/http_error.hpp>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace serval::handler {

namespace {

using detail::request_context;

std::string kibibytes(std::size_t bytes)
{
    return std::to_string(bytes / 1024) + "KB";
}

std::string too_many(std::string_view what, std::size_t most)
{
    return "Too many " + std::string{what} + ". Maximum number of " + std::string{what} + " is " +
           std::to_string(most) + ".";
}

/// Puts a form together from the events of its parts, and holds it to the limits. The texts are Starlette's.
class form_builder {
public:
    explicit form_builder(request_context& x)
        : limits_{x.endpoint->form},
          memory_{limits_.form_memory, limits_.server_memory},
          bytes_fields_{x.endpoint->bytes_fields},
          items_{x.form}
    {}

    void begin(wire::part_head const& head)
    {
        size_ = 0;
        bool const is_file = head.filename.has_value();
        if (is_file && ++files_ > limits_.max_files)
            throw http_error(400, too_many("files", limits_.max_files));
        if (!is_file && ++fields_ > limits_.max_fields)
            throw http_error(400, too_many("fields", limits_.max_fields));
        items_.push_back({.name = head.name, .text = head.filename.value_or(""), .file = std::nullopt});
        if (!is_file) return;
        if (std::find(bytes_fields_.begin(), bytes_fields_.end(), head.name) != bytes_fields_.end()) {
            items_.back().content.emplace();
            items_.back().held = memory_.begin();
        } else {
            spool_.emplace(limits_.directory, limits_.file_memory, &memory_);
        }
    }

    /// Takes bytes of the current part. False: `spool` has to take them to the disk.
    bool take(std::string_view data)
    {
        size_ += data.size();
        if (!spool_ && !items_.back().content) {
            text_ += data.size();
            if (size_ > limits_.max_field)
                throw http_error(413, "Part exceeded maximum size of " + kibibytes(limits_.max_field) + ".");
            if (text_ > limits_.max_text)
                throw http_error(413, "Fields exceeded maximum size of " + kibibytes(limits_.max_text) + ".");
            items_.back().text += data;
            return true;
        }
        if (size_ > limits_.max_file_size)
            throw http_error(413, "File exceeded maximum size of " + std::to_string(limits_.max_file_size) +
                                      " bytes.");
        if (spool_) return spool_->append_in_memory(data);
        memory_.grow_anyway(items_.back().held, data.size());
        *items_.back().content += data;
        return true;
    }

    task<void> spool(std::string_view data) { return spool_->append(data); }

    /// True when `flush` is due before `end`.
    bool must_flush() const noexcept { return spool_ && !spool_->is_flushed(); }
    task<void> flush() { return spool_->flush(); }

    void end(wire::part_head const& head)
    {
        if (!spool_ && !items_.back().content) {
            auto& text = items_.back().text; // as in a query: handlers and errors get UTF-8 only
            if (!base::is_valid_utf8(text)) text = base::replace_invalid_utf8(text);
            return;
        }
        // A browser's file input without a choice is sent as a file without a name and content: it is absent.
        bool const chosen = size_ != 0 || !items_.back().text.empty();
        if (!chosen) {
            items_.pop_back();
        } else if (spool_) {
            items_.back().file =
                spool_->finish(*head.filename, std::string{head.content_type}, http::header_fields_of(head));
        }
        spool_.reset();
    }

private:
    form_limits const& limits_;
    http::form_memory memory_;
    std::vector<std::string_view> const& bytes_fields_;
    http::form_data& items_;
    std::optional<http::upload_spool> spool_; // of the current part, if it is a file
    std::uint64_t size_ = 0;                  // of the current part
    std::uint64_t text_ = 0;                  // of all fields
    std::size_t files_ = 0;
    std::size_t fields_ = 0;
};

task<void> read_multipart(request_context& x)
{
    http::multipart_input input{multipart_source_of(x)};
    form_builder form{x};
    for (;;) {
        auto const step = input.next();
        switch (step.what) {
        case http::multipart_input::event::need_input: co_await input.receive(); break;
        case http::multipart_input::event::part_begin: form.begin(input.part()); break;
        case http::multipart_input::event::data:
            if (!form.take(step.data)) co_await form.spool(step.data);
            break;
        case http::multipart_input::event::part_end:
            if (form.must_flush()) co_await form.flush();
            form.end(input.part());
            break;
        default: co_return;
        }
    }
}

task<void> read_urlencoded(request_context& x)
{
    auto const& limits = x.endpoint->form;
    co_await x.body->read_all(limits.max_urlencoded);
    wire::query_string parsed;
    if (!parsed.parse(x.state.body, limits.max_fields))
        throw http_error(400, too_many("fields", limits.max_fields));
    for (auto const& [key, value] : parsed.pairs()) {
        if (value.size() > limits.max_field)
            throw http_error(413, "Field exceeded maximum size of " + kibibytes(limits.max_field) + ".");
        x.form.push_back({.name = std::string{key}, .text = std::string{value}, .file = std::nullopt});
    }
}

bool is(wire::media_type const& type, std::string_view name, std::string_view subtype) noexcept
{
    return base::iequals(type.type, name) && base::iequals(type.subtype, subtype);
}

} // namespace

detail::multipart_source multipart_source_of(request_context& x)
{
    auto const& limits = x.endpoint->form;
    auto const type = x.state.head.find("content-type");
    return {.body = x.body,
            .content_type = type != nullptr ? type->value : std::string_view{},
            .max_body = limits.max_multipart,
            .max_files = limits.max_files,
            .max_fields = limits.max_fields,
            .max_file_size = limits.max_file_size,
            .part = limits.part};
}

task<void> read_form(request_context& x)
{
    auto const field = x.state.head.find("content-type");
    auto const type = field != nullptr ? wire::parse_media_type(field->value) : std::nullopt;
    if (!type) co_return;
    if (is(*type, "multipart", "form-data")) {
        co_await read_multipart(x);
    } else if (is(*type, "application", "x-www-form-urlencoded")) {
        co_await read_urlencoded(x);
    }
}

} // namespace serval::handler
