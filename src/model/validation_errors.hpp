// All that is wrong with one request, as the body of FastAPI's 422.
#pragma once

#include "model/json_document.hpp"
#include "model/location.hpp"
#include "model/problem.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace serval::model {

/// The received value that an error echoes as `input`. A cheap view: what it refers to must outlive it.
class error_input {
public:
    /// A value of the JSON body.
    error_input(json_view value) noexcept : value_{value} {}
    /// Text as received: a JSON string.
    static error_input text(std::string_view text) noexcept { return {received{text}}; }
    /// JSON text, such as `null` or `{}`, written as it is.
    static error_input json(std::string_view text) noexcept { return {written{text}}; }
    /// What is missing and was in no object: `null`.
    static error_input null() noexcept { return json("null"); }
    /// Texts as received: a JSON array of strings.
    static error_input texts(std::span<std::string_view const> texts) noexcept { return {texts}; }

private:
    friend class validation_errors;
    struct received {
        std::string_view text;
    };
    struct written {
        std::string_view json;
    };
    using several = std::span<std::string_view const>;
    using form = std::variant<json_view, received, written, several>;

    error_input(form value) noexcept : value_{value} {}

    form value_; // small: one is made for each scalar that is read, and hardly ever used
};

/// The errors of one request, in the order in which they were found.
///
/// Bounded, so that a small hostile body has no huge answer (FastAPI has no bound): at most `max_count`
/// errors, and none once there are `max_bytes`, whatever comes after is dropped; from the first input on that
/// would take the answer past `max_bytes`, inputs are echoed as `null`; keys in `loc` end
/// after `max_key` bytes with an ellipsis.
class validation_errors {
public:
    static constexpr std::size_t max_count = 1000;
    static constexpr std::size_t max_bytes = std::size_t{4} << 20;
    static constexpr std::size_t max_key = 256;

    validation_errors() = default;
    /// For what a handler gave: the first error is enough, it is for the log, which must not have the value,
    /// and what a model does not declare is left out, even where it forbids others.
    static validation_errors for_result();
    bool of_result() const noexcept { return of_result_; }

    /// Adds `{"type":…,"loc":[…],"msg":…,"input":…,"ctx":…}`.
    void add(location const& where, problem const& what, error_input const& input);
    /// The same with the parts of a problem; `context` is JSON text or empty.
    void add(location const& where, std::string_view type, std::string_view message, error_input const& input,
             std::string_view context = {});
    /// `missing`: `Field required`.
    void add_missing(location const& where, error_input const& input);
    void clear() noexcept;

    bool empty() const noexcept { return count_ == 0; }
    std::size_t size() const noexcept { return count_; }
    /// True when further errors would be dropped: whoever reads on may stop.
    bool full() const noexcept
    {
        return count_ >= (of_result_ ? 1 : max_count) || items_.size() >= max_bytes;
    }

    /// The body of the answer: `{"detail":[…]}`.
    std::string body() const;
    /// The error of a result, for people: `response.name: Field required`.
    std::string const& told() const noexcept { return told_; }

private:
    void append_input(error_input const& input);
    bool append_fitting(error_input const& input, std::size_t room);
    void append_texts(std::span<std::string_view const> texts);

    std::string items_; // the written errors, with commas between
    std::size_t count_ = 0;
    bool mute_ = false; // an input did not fit: no more are echoed
    bool of_result_ = false;
    std::string told_;
};

} // namespace serval::model
