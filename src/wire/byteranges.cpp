// Bodies of the type multipart/byteranges (RFC 9110 section 14.6): several ranges in one answer.
#include "wire/byteranges.hpp"

#include "wire/response_head.hpp"

#include <utility>

namespace serval::wire {

byteranges::byteranges(std::string boundary, std::string content_type, std::vector<byte_range> ranges,
                       std::uint64_t length)
    : boundary_{std::move(boundary)},
      content_type_{std::move(content_type)},
      ranges_{std::move(ranges)},
      length_{length}
{}

std::string byteranges::content_type() const
{
    return "multipart/byteranges; boundary=" + boundary_;
}

std::string byteranges::part_head(std::size_t i) const
{
    std::string head = i == 0 ? "--" : "\r\n--"; // the line break before a boundary is the boundary's
    head += boundary_;
    head += "\r\n";
    if (!content_type_.empty()) append_field(head, "content-type", content_type_);
    append_field(head, "content-range", content_range(ranges_[i], length_));
    head += "\r\n";
    return head;
}

std::string byteranges::end() const
{
    return "\r\n--" + boundary_ + "--\r\n";
}

std::uint64_t byteranges::size() const
{
    std::uint64_t size = end().size();
    for (std::size_t i = 0; i != ranges_.size(); ++i)
        size += part_head(i).size() + ranges_[i].length();
    return size;
}

} // namespace serval::wire
