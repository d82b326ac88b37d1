/// Reads the answers of a server, and judges their framing and nothing else.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace chaos {

/// One answer, as far as it has come.
class answer_reader {
public:
    /// `head`: the answer to a HEAD request.
    explicit answer_reader(bool head = false) noexcept : head_{head} {}

    /// Takes what belongs to this answer from the beginning of `bytes`.
    void read(std::string& bytes);
    /// The connection has ended: a body without a length is whole then.
    void end() noexcept;

    bool begun() const noexcept { return begun_; }
    bool whole() const noexcept { return state_ == state::whole; }
    /// What is wrong with its framing; empty: nothing.
    std::string const& problem() const noexcept { return problem_; }
    int status() const noexcept { return status_; }
    std::string const& body() const noexcept { return body_; }
    bool closes() const noexcept { return closes_; }
    bool chunked() const noexcept { return chunked_; }
    bool has_head() const noexcept { return state_ != state::head && state_ != state::broken; }

private:
    enum class state : unsigned char {
        head,
        length,
        chunk_size,
        chunk,
        chunk_end,
        trailer,
        until_end,
        whole,
        broken
    };

    bool read_head(std::string& bytes);
    void read_field(std::string_view line);
    void choose_framing();
    bool read_line_of_chunks(std::string& bytes);
    bool take_body(std::string& bytes);
    void fail(std::string text);

    bool head_;
    bool begun_ = false;
    bool closes_ = false;
    bool chunked_ = false;
    state state_ = state::head;
    int status_ = 0;
    std::optional<std::size_t> length_;
    std::size_t left_ = 0;
    std::string body_;
    std::string problem_;
};

} // namespace chaos
