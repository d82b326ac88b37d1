// Gathers JSON text on its way into a string.
#pragma once

#include "base/json_escape.hpp"
#include "model/float_text.hpp"

#include <array>
#include <charconv>
#include <concepts>
#include <cstddef>
#include <cstring>
#include <limits>
#include <string>
#include <string_view>

namespace serval::model {

/// Puts the pieces of a text, most of them a few bytes, together in place, and gives them to the string a
/// kilobyte at a time: a piece costs its bytes then, and no call of the string.
///
/// The string has all of the text after flush(); what has not been given to it by the end is dropped.
class json_sink {
public:
    explicit json_sink(std::string& out) noexcept : out_{out} {}
    json_sink(json_sink const&) = delete;
    json_sink& operator=(json_sink const&) = delete;

    /// The string, with all that was put so far, for whoever appends to one.
    std::string& flush();
    /// The length of the string with what has not been given to it yet.
    std::size_t size() const noexcept
    {
        return out_.size() + static_cast<std::size_t>(at_ - gathered_.data());
    }

    void put(char c)
    {
        if (room() == 0) [[unlikely]]
            flush();
        *at_++ = c;
    }
    void put(std::string_view text)
    {
        if (text.size() > room()) [[unlikely]]
            return put_large(text);
        std::memcpy(at_, text.data(), text.size());
        at_ += text.size();
    }
    /// A JSON string, as append_json_string() has it.
    void put_string(std::string_view text)
    {
        if (text.size() + 2 > room() || !base::copy_plain(at_ + 1, text.data(), text.size())) [[unlikely]]
            return put_any_string(text);
        *at_ = '"';
        at_ += text.size() + 1;
        *at_++ = '"';
    }
    template <std::integral Integer>
    void put_integer(Integer value)
    {
        constexpr std::size_t most = std::numeric_limits<Integer>::digits10 + 2;
        make_room(most);
        at_ = std::to_chars(at_, at_ + most, value).ptr;
    }
    /// A finite number, as append_json_double() has it.
    void put_double(double value)
    {
        make_room(max_python_float);
        at_ = write_python_float(at_, value);
    }

private:
    void make_room(std::size_t n)
    {
        if (n > room()) [[unlikely]]
            flush();
    }
    std::size_t room() const noexcept
    {
        return static_cast<std::size_t>(gathered_.data() + gathered_.size() - at_);
    }
    void put_large(std::string_view text);
    void put_any_string(std::string_view text);

    std::string& out_;
    std::array<char, 1024> gathered_;
    char* at_ = gathered_.data();
};

} // namespace serval::model
