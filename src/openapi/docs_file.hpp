// One file of the documentation, and how a request for it is answered.
#pragma once

#include <serval/request.hpp>
#include <serval/response.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace serval::openapi {

/// A file that does not change while the application is served. Its content is `text`, or compressed in
/// `gzip`.
struct docs_file {
    std::string path; ///< as it is routed
    std::string content_type;
    std::string tag; ///< of the content, for its ETag: without quotes
    std::string text{};
    std::string_view gzip{}; ///< static storage
    std::uint64_t size = 0;  ///< of the content that `gzip` has
    /// The query that names this version of the file: an answer to it may be kept for ever. Empty: there is
    /// none.
    std::string revision{};
    std::string security_policy{}; ///< Content-Security-Policy; empty: none is sent
};

/// A tag for `text`, which tells it from what other versions of serval or of an application have.
std::string tag_of(std::string_view text);

/// Answers a GET or HEAD request: 200, or 304 when the client has the file.
///
/// `file` must outlive the response. A compressed file is sent as it is to a client that takes gzip; to
/// others it is decompressed while it is sent. It is in memory once, whoever reads it however slowly.
response answer_docs_file(docs_file const& file, request const& asked);

} // namespace serval::openapi
