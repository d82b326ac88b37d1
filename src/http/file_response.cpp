// A response whose body is a file of the disk.
#include "base/ascii.hpp"
#include "base/http_date.hpp"
#include "base/page_cache.hpp"
#include "base/random_hex.hpp"
#include "base/served_file.hpp"
#include "http/append_file.hpp"
#include "http/body_producer.hpp"
#include "http/pool_call.hpp"
#include "wire/byteranges.hpp"
#include "wire/conditional.hpp"
#include "wire/content_disposition.hpp"
#include "wire/media_type.hpp"
#include "wire/media_type_by_name.hpp"

#include <serval/file_response.hpp>
#include <serval/http_error.hpp>
#include <serval/storage_error.hpp>

#include <algorithm>
#include <cstdint>
#include <ctime>
#include <memory>
#include <optional>
#include <stdexcept>
#include <system_error>
#include <utility>
#include <vector>

namespace serval {

namespace {

// What is looked for in the system's memory, and read there by the pool when it is missing, before it is
// sent.
constexpr std::uint64_t window = 1024 * 1024;
// Less than this is sent in one packet with what is before it, for which it has to be copied.
constexpr std::uint64_t small = 16 * 1024;

// All lines of the field `name` of `asked`, joined by commas (RFC 9110 section 5.3); nothing when there is
// none.
std::optional<std::string> joined_field(request const& asked, std::string_view name)
{
    std::optional<std::string> joined;
    if (!asked.header(name)) return joined;
    for (std::size_t i = 0; i != asked.header_count(); ++i) {
        auto const [field, value] = asked.header_at(i);
        if (!base::iequals(field, name)) continue;
        if (joined) {
            joined->append(", ").append(value);
        } else {
            joined.emplace(value);
        }
    }
    return joined;
}

// Leaves nothing that tells of the file, nor how long an answer with it could be kept.
void describe_no_file(response& answer)
{
    for (char const* const name : {"content-disposition", "content-encoding", "content-language", "etag",
                                   "last-modified", "accept-ranges", "cache-control", "expires"}) {
        answer.headers().erase(name);
    }
}

void refuse(response& answer, int status)
{
    describe_no_file(answer);
    answer.status(status);
    answer.body(R"({"detail":)" + http_error{status}.json_detail() + '}'); // takes the producer out
    answer.content_type("application/json");
}

// The status for a file that cannot be opened; 0 when that is nobody's fault but this server's.
int status_of(std::error_code const& error) noexcept
{
    for (auto const none :
         {std::errc::no_such_file_or_directory, std::errc::not_a_directory, std::errc::is_a_directory,
          std::errc::filename_too_long, std::errc::too_many_symbolic_link_levels}) {
        if (error == none) return 404;
    }
    return error == std::errc::permission_denied || error == std::errc::operation_not_permitted ? 403 : 0;
}

class file_producer final : public detail::body_producer {
public:
    explicit file_producer(std::string path) noexcept : path_{std::move(path)} {}

    task<void> prepare(request const& asked, response& answer) override;
    std::optional<std::uint64_t> length() const noexcept override { return length_; }
    task<void> produce(http::body_sink& out) override;

private:
    void describe(response& answer) const;
    // These two turn `answer` into another one, without the file, when they give false.
    bool passes_preconditions(request const& asked, response& answer);
    bool can_select(std::string_view range, response& answer);

    std::string path_;
    base::served_file file_;
    std::vector<wire::byte_range> ranges_;  // of the file, to be sent
    std::optional<wire::byteranges> parts_; // when there are several
    std::uint64_t length_ = 0;              // of the body
    bool range_applies_ = false;
};

task<void> file_producer::prepare(request const& asked, response& answer)
{
    file_ = co_await http::call_on_file_pool(&base::open_served_file, path_);
    if (file_.error) {
        int const status = status_of(file_.error);
        if (storage_error::passes(file_.error)) throw storage_error{file_.error};
        if (status == 0) throw std::system_error{file_.error, "opening the file of a response"};
        refuse(answer, status);
        co_return;
    }
    describe(answer);
    length_ = file_.size;
    ranges_.clear();
    parts_.reset();
    if (file_.size != 0) ranges_.push_back({0, file_.size - 1});
    bool const get = asked.method() == method::get;
    // Of other methods the preconditions are the handler's: it has done its work by now.
    if (answer.status() == 200 && (get || asked.method() == method::head)) {
        answer.headers().set("accept-ranges", "bytes");
        if (!passes_preconditions(asked, answer)) co_return;
        auto const range = get && range_applies_ ? joined_field(asked, "range") : std::nullopt;
        if (range && !can_select(*range, answer)) co_return;
    }
    answer.content_length(length_);
    if (asked.method() == method::head) file_.file = {};
}

// Sets what the application has not.
void file_producer::describe(response& answer) const
{
    auto& fields = answer.headers();
    if (!fields.contains("etag")) fields.set("etag", file_.etag);
    if (fields.contains("last-modified")) return;
    // Not later than the answer itself (RFC 9110 section 8.8.2.1).
    auto const date = base::format_http_date(std::min(file_.modified, std::time(nullptr)));
    fields.set("last-modified", {date.data(), date.size()});
}

bool file_producer::passes_preconditions(request const& asked, response& answer)
{
    auto const if_match = joined_field(asked, "if-match");
    auto const if_none_match = joined_field(asked, "if-none-match");
    auto const if_modified_since = joined_field(asked, "if-modified-since");
    auto const if_unmodified_since = joined_field(asked, "if-unmodified-since");
    auto const if_range = joined_field(asked, "if-range");
    wire::preconditions const fields{if_match, if_unmodified_since, if_none_match, if_modified_since,
                                     if_range};
    wire::validators const current{answer.headers().get("etag").value_or(""),
                                   base::parse_http_date(*answer.headers().get("last-modified")),
                                   std::time(nullptr)};
    auto const result = wire::evaluate(fields, current, true);
    range_applies_ = result.range_applies;
    switch (result.outcome) {
    case wire::precondition_outcome::proceed: return true;
    case wire::precondition_outcome::failed: refuse(answer, 412); return false;
    case wire::precondition_outcome::not_modified: break;
    }
    answer.status(304).content_type("").producer(nullptr);
    // The client has these, with the tag (RFC 9110 section 15.4.5).
    for (char const* const name : {"content-disposition", "last-modified", "accept-ranges"})
        answer.headers().erase(name);
    return false;
}

bool file_producer::can_select(std::string_view range, response& answer)
{
    auto selection = wire::select_ranges(range, file_.size);
    if (selection.outcome == wire::range_outcome::whole) return true;
    if (selection.outcome == wire::range_outcome::unsatisfiable) {
        refuse(answer, 416);
        answer.header("content-range", wire::unsatisfied_content_range(file_.size));
        return false;
    }
    answer.status(206);
    ranges_ = std::move(selection.ranges);
    if (ranges_.size() == 1) {
        length_ = ranges_.front().length();
        answer.header("content-range", wire::content_range(ranges_.front(), file_.size));
        return true;
    }
    parts_.emplace(base::random_hex(13), std::string{answer.content_type()}, ranges_, file_.size);
    length_ = parts_->size();
    answer.content_type(parts_->content_type());
    return true;
}

task<void> send_range(http::body_sink& out, int file, wire::byte_range range)
{
    std::uint64_t left = range.length();
    for (std::uint64_t offset = range.first; left != 0;) {
        std::uint64_t const n = std::min(left, window);
        if (!base::is_in_memory(file, offset, n)) {
            if (!out.flush_now()) co_await out.flush();
            co_await http::call_on_file_pool(&base::bring_into_memory, file, offset, n);
        }
        if (range.length() <= small) {
            co_await http::append_file(out, file, offset, n);
        } else {
            co_await out.send_file(file, offset, n);
        }
        offset += n;
        left -= n;
    }
}

task<void> file_producer::produce(http::body_sink& out)
{
    base::file_descriptor const file =
        std::move(file_.file); // closed at the end, however long the response lives
    for (std::size_t i = 0; i != ranges_.size(); ++i) {
        if (parts_) {
            std::string const head = parts_->part_head(i);
            co_await http::append_all(out, head);
        }
        co_await send_range(out, file.number(), ranges_[i]);
    }
    if (parts_) {
        std::string const end = parts_->end();
        co_await http::append_all(out, end);
    }
}

/// What a response holds until it is sent: a kept one is sent more than once, on several loops at a time.
class file_source final : public detail::body_producer {
public:
    explicit file_source(std::string path) noexcept : path_{std::move(path)} {}

    task<void> prepare(request const& asked, response& answer) override
    {
        auto const opened = std::make_shared<file_producer>(path_);
        answer.producer(opened);
        co_await opened->prepare(asked, answer);
    }
    task<void> produce(http::body_sink&) override
    {
        throw std::logic_error{"a file is sent by what `prepare` puts in this one's place"};
    }

private:
    std::string const path_;
};

std::string media_type_of(std::string_view path, file_options const& options)
{
    if (options.media_type().empty())
        return std::string{wire::media_type_by_name(options.filename().empty() ? path : options.filename())};
    std::string type = options.media_type();
    auto const parsed = wire::parse_media_type(type);
    bool const is_text = parsed && base::iequals(parsed->type, "text");
    if (is_text && !wire::parameter_of(*parsed, "charset")) type += "; charset=utf-8";
    return type;
}

} // namespace

response file_response(std::string path, file_options const& options)
{
    response answer;
    answer.content_type(media_type_of(path, options));
    if (!options.filename().empty()) {
        answer.header(
            "content-disposition",
            wire::format_disposition(options.show_inline() ? "inline" : "attachment", options.filename()));
    }
    answer.producer(std::make_shared<file_source>(std::move(path)));
    return answer;
}

} // namespace serval
