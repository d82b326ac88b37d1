// A form for a test_client to send.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace serval {

/// A multipart/form-data body, built field by field as a browser would send it.
///
/// `client.post("/upload", test_form().field("title", "Trees").file("file", "a.txt", "content"))`
class test_form {
public:
    test_form& field(std::string_view name, std::string_view value);
    /// `filename` is sent as it is but for quotes and line breaks, which browsers percent-encode. An empty
    /// `content_type` sends none.
    test_form& file(std::string_view name, std::string_view filename, std::string_view content,
                    std::string_view content_type = "application/octet-stream");

    /// "multipart/form-data; boundary=…"
    std::string content_type() const;
    std::string body() const;

private:
    void add(std::string_view disposition, std::string_view content_type, std::string_view content);

    std::string boundary() const;

    std::vector<std::string> parts_; // without the delimiters before them
};

} // namespace serval
