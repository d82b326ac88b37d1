#include "model/json_sink.hpp"
#include "model/json_writer.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <string>

namespace serval::model {
namespace {

// Strings of all sizes, plain and not, behind all fillings of the sink: each must come out as it does in a
// string, whatever is given to that before.
TEST(json_sink, gives_the_string_what_was_put)
{
    for (std::size_t before : {0U, 1U, 500U, 1000U, 1005U, 1015U, 1020U, 1022U, 1023U, 1024U, 1025U, 3000U}) {
        for (std::size_t size = 0; size < 1100; size += size < 40 ? 1 : 61) {
            for (std::string const& text : {std::string(size, 'x'), std::string(size, '"'),
                                            std::string(size, '\xff'), "ä" + std::string(size, 'x')}) {
                std::string out = "before";
                json_sink sink{out};
                sink.put(std::string(before, '-'));
                sink.put_string(text);
                sink.put(',');
                sink.put_integer(-42);
                sink.put(',');
                sink.put_double(-0.00012345678901234567);
                std::string expected = "before" + std::string(before, '-');
                append_json_string(expected, text);
                expected += ",-42,-0.00012345678901234567";
                EXPECT_EQ(sink.size(), expected.size());
                EXPECT_EQ(sink.flush(), expected);
                EXPECT_EQ(out, expected);
            }
        }
    }
}

TEST(json_sink, drops_what_was_not_flushed)
{
    std::string out = "before";
    {
        json_sink sink{out};
        sink.put("dropped");
    }
    EXPECT_EQ(out, "before");
}

} // namespace
} // namespace serval::model
