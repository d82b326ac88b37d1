#include "base/file_name.hpp"
#include "http/multipart_input.hpp"

#include <serval/http_error.hpp>
#include <serval/multipart_reader.hpp>

namespace serval {

namespace detail {

/// The body, and how far into its current part it has been read.
class multipart_reader_state {
public:
    using event = http::multipart_input::event;

    explicit multipart_reader_state(multipart_source const& source)
        : input{source},
          max_files_{source.max_files},
          max_fields_{source.max_fields},
          max_file_size_{source.max_file_size}
    {}

    /// The next event that has arrived or is waited for, within the limits.
    task<http::multipart_input::step> next()
    {
        for (;;) {
            auto const step = input.next();
            if (step.what != event::need_input) {
                check(step);
                co_return step;
            }
            co_await input.receive();
        }
    }

    http::multipart_input input;
    bool in_part = false;
    bool finished = false;
    multipart_part part{*this};

private:
    void check(http::multipart_input::step const& step)
    {
        bool const file = input.part().filename.has_value();
        if (step.what == event::part_begin) {
            size_ = 0;
            auto& count = file ? files_ : fields_;
            if (count >= (file ? max_files_ : max_fields_))
                throw http_error(400, file ? "Too many files in the form." : "Too many fields in the form.");
            ++count;
        } else if (step.what == event::data && file) {
            size_ += step.data.size();
            if (size_ > max_file_size_) throw http_error(413, "A file of the form is too large");
        }
    }

    std::size_t max_files_;
    std::size_t max_fields_;
    std::uint64_t max_file_size_;
    std::size_t files_ = 0;
    std::size_t fields_ = 0;
    std::uint64_t size_ = 0; // of the current part
};

} // namespace detail

std::string const& multipart_part::name() const noexcept
{
    return reader_->input.part().name;
}

bool multipart_part::is_file() const noexcept
{
    return raw_filename().has_value();
}

std::string multipart_part::filename() const
{
    auto const& raw = raw_filename();
    return raw ? base::safe_file_name(*raw) : std::string{};
}

std::optional<std::string> const& multipart_part::raw_filename() const noexcept
{
    return reader_->input.part().filename;
}

std::string_view multipart_part::content_type() const noexcept
{
    return reader_->input.part().content_type;
}

std::vector<header_field> multipart_part::headers() const
{
    return http::header_fields_of(reader_->input.part());
}

task<std::string_view> multipart_part::read_some()
{
    using event = detail::multipart_reader_state::event;
    while (reader_->in_part) {
        auto const step = co_await reader_->next();
        if (step.what == event::part_end) reader_->in_part = false;
        if (step.what == event::data) co_return step.data;
    }
    co_return std::string_view{};
}

task<std::string> multipart_part::read_all(std::size_t max_bytes)
{
    std::string content;
    for (;;) {
        auto const piece = co_await read_some();
        if (piece.empty()) co_return content;
        if (piece.size() > max_bytes - content.size())
            throw http_error(413, "A part of the form is too large");
        content += piece;
    }
}

multipart_reader::multipart_reader(detail::multipart_source const& source)
    : state_{std::make_unique<detail::multipart_reader_state>(source)}
{}

multipart_reader::~multipart_reader() = default;

task<multipart_part*> multipart_reader::next_part()
{
    using event = detail::multipart_reader_state::event;
    while (!state_->finished) {
        auto const step = co_await state_->next();
        if (step.what == event::finished) state_->finished = true;
        if (step.what == event::part_end) state_->in_part = false;
        if (step.what != event::part_begin) continue;
        state_->in_part = true;
        co_return &state_->part;
    }
    co_return nullptr;
}

} // namespace serval
