#include "model/pattern.hpp"

#include <re2/re2.h>

#include <cstdint>
#include <stdexcept>

namespace serval::model {

namespace {

/// The program and its cache of states; past it, RE2 falls back to a slower search that is linear, too.
constexpr std::int64_t max_memory_bytes = 8 << 20;

RE2::Options make_options()
{
    RE2::Options options;
    options.set_encoding(RE2::Options::EncodingUTF8);
    options.set_log_errors(false);
    options.set_max_mem(max_memory_bytes);
    return options;
}

} // namespace

struct pattern::implementation {
    explicit implementation(std::string_view text)
        : expression{text},
          compiled{re2::StringPiece{text.data(), text.size()}, make_options()}
    {}

    std::string expression;
    RE2 compiled;
};

pattern::pattern(std::string_view expression) : implementation_{std::make_unique<implementation>(expression)}
{
    if (implementation_->compiled.ok()) return;
    throw std::invalid_argument{"serval: invalid pattern '" + std::string{expression} +
                                "': " + implementation_->compiled.error()};
}

pattern::pattern(pattern&&) noexcept = default;
pattern& pattern::operator=(pattern&&) noexcept = default;
pattern::~pattern() = default;

bool pattern::search(std::string_view text) const
{
    return implementation_->compiled.Match({text.data(), text.size()}, 0, text.size(), RE2::UNANCHORED,
                                           nullptr, 0);
}

std::string const& pattern::expression() const noexcept
{
    return implementation_->expression;
}

} // namespace serval::model
