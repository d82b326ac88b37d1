#include "testing/stream_exchange.hpp"

#include <serval/testing/streamed_response.hpp>
#include <serval/testing/test_client.hpp>

#include <utility>

namespace serval {

streamed_response::streamed_response(std::unique_ptr<implementation> state)
    : implementation_{std::move(state)}
{}

streamed_response::streamed_response(streamed_response&&) noexcept = default;
streamed_response& streamed_response::operator=(streamed_response&&) noexcept = default;
streamed_response::~streamed_response() = default;

int streamed_response::status() const
{
    return implementation_->response_head().status;
}

std::vector<std::pair<std::string, std::string>> const& streamed_response::headers() const
{
    return implementation_->response_head().headers;
}

std::optional<std::string_view> streamed_response::header(std::string_view name) const
{
    return implementation_->response_head().header(name);
}

std::optional<std::string> streamed_response::next()
{
    if (auto beyond = implementation_->take_text(); !beyond.empty()) return beyond;
    return implementation_->exchange->next();
}

std::optional<std::string> streamed_response::next_line()
{
    auto& text = implementation_->text;
    auto& begin = implementation_->line_begin;
    auto end = text.find('\n', begin);
    while (end == std::string::npos) {
        auto const piece = implementation_->exchange->next();
        if (!piece) {
            if (begin == text.size()) return std::nullopt;
            return implementation_->take_text();
        }
        text.erase(0, std::exchange(begin, 0));
        auto const searched = text.size();
        text += *piece;
        end = text.find('\n', searched);
    }
    auto line = text.substr(begin, end - begin);
    begin = end + 1;
    if (line.ends_with('\r')) line.pop_back();
    return line;
}

std::string streamed_response::read_all()
{
    auto const rest = implementation_->exchange->rest(); // first: when it throws, the text stays
    return implementation_->take_text() + rest;
}

std::vector<std::string> streamed_response::arrived()
{
    auto pieces = implementation_->exchange->arrived();
    if (auto beyond = implementation_->take_text(); !beyond.empty())
        pieces.insert(pieces.begin(), std::move(beyond));
    return pieces;
}

bool streamed_response::ended() const
{
    return implementation_->line_begin == implementation_->text.size() && implementation_->exchange->ended();
}

void streamed_response::disconnect()
{
    implementation_->exchange->disconnect();
}

void streamed_response::reset()
{
    implementation_->exchange->reset();
}

} // namespace serval
