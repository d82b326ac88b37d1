// Changes the bytes of an answer on their way: compression, say.
#pragma once

#include <serval/response.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace serval::http {

/// A transformation of bytes, of one body. Used on the loop's thread.
class body_filter {
public:
    virtual ~body_filter() = default;

    /// The answer is known, and not sent: time for `content-encoding` and `vary`. False: it is left alone.
    virtual bool begin(response& answer) = 0;
    /// Appends to `out` what has come of `bytes` so far; it may keep some for later.
    virtual void transform(std::string_view bytes, std::string& out) = 0;
    /// Appends all that it has kept, so that the client can use it: the producer is about to wait.
    virtual void flush(std::string& out) = 0;
    /// Appends the end of the body. Nothing is called after it.
    virtual void finish(std::string& out) = 0;
};

/// Has what `answer` streams go through `filter`, whoever makes it: a generator, a range, a file. Its length
/// is unknown then, and the body chunked. An answer whose body is text, or that takes a connection over, is
/// left alone, and so is what turns out to have no stream (304), or to be a part of one (206).
void filter_body(response& answer, std::unique_ptr<body_filter> filter);

} // namespace serval::http
