#include <serval/testing/test_form.hpp>

#include <algorithm>
#include <utility>

namespace serval {

namespace {

/// A parameter of Content-Disposition as browsers write it (HTML, "multipart/form-data encoding algorithm").
std::string quoted(std::string_view text)
{
    std::string made = "\"";
    for (char const c : text) {
        switch (c) {
        case '"': made += "%22"; break;
        case '\r': made += "%0D"; break;
        case '\n': made += "%0A"; break;
        default: made += c;
        }
    }
    return made + '"';
}

} // namespace

test_form& test_form::field(std::string_view name, std::string_view value)
{
    add("name=" + quoted(name), {}, value);
    return *this;
}

test_form& test_form::file(std::string_view name, std::string_view filename, std::string_view content,
                           std::string_view content_type)
{
    add("name=" + quoted(name) + "; filename=" + quoted(filename), content_type, content);
    return *this;
}

void test_form::add(std::string_view disposition, std::string_view content_type, std::string_view content)
{
    std::string part = "\r\nContent-Disposition: form-data; ";
    part += disposition;
    if (!content_type.empty()) part.append("\r\nContent-Type: ").append(content_type);
    part.append("\r\n\r\n").append(content).append("\r\n");
    parts_.push_back(std::move(part));
}

/// One that no part has in it.
std::string test_form::boundary() const
{
    for (unsigned long n = 0;; ++n) {
        auto chosen = "----serval-test-form" + (n == 0 ? std::string{} : std::to_string(n));
        bool const taken = std::any_of(parts_.begin(), parts_.end(), [&](std::string const& part) {
            return part.find(chosen) != std::string::npos;
        });
        if (!taken) return chosen;
    }
}

std::string test_form::content_type() const
{
    return "multipart/form-data; boundary=" + boundary();
}

std::string test_form::body() const
{
    auto const delimiter = "--" + boundary();
    std::string whole;
    for (auto const& part : parts_)
        whole.append(delimiter).append(part);
    return whole + delimiter + "--\r\n";
}

} // namespace serval
