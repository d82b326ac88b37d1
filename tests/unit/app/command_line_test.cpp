#include <serval/app.hpp>
#include <serval/command_line.hpp>

#include <gtest/gtest.h>

#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace serval {
namespace {

class options_of_a_program : public testing::Test {
protected:
    std::optional<int> parse(std::vector<char const*> arguments)
    {
        arguments.insert(arguments.begin(), "program");
        testing::internal::CaptureStdout();
        testing::internal::CaptureStderr();
        auto const status = line_.parse(static_cast<int>(arguments.size()), arguments.data());
        printed_ = testing::internal::GetCapturedStdout();
        complaint_ = testing::internal::GetCapturedStderr();
        return status;
    }

    command_line line_{app_info{.title = "Shop", .version = "2.1"}};
    std::string printed_;
    std::string complaint_;
};

TEST_F(options_of_a_program, are_read_beside_servals)
{
    std::string directory = "/tmp";
    std::int64_t age = 5;
    double ratio = 0.5;
    bool verbose = false;
    line_.option("--directory", directory, "Where").option("--age", age, "How old");
    line_.option("--ratio", ratio, "How much").option("--verbose", verbose, "Say more");
    EXPECT_EQ(parse({"--directory", "/srv", "--port=81", "--age=-3", "--verbose", "--ratio", "1.5"}),
              std::nullopt);
    EXPECT_EQ(directory, "/srv");
    EXPECT_EQ(age, -3);
    EXPECT_EQ(ratio, 1.5);
    EXPECT_TRUE(verbose);
    EXPECT_EQ(line_.settings().port, 81);
}

TEST_F(options_of_a_program, keep_their_defaults)
{
    std::string directory = "/tmp";
    line_.option("--directory", directory, "Where");
    EXPECT_EQ(parse({}), std::nullopt);
    EXPECT_EQ(directory, "/tmp");
    EXPECT_EQ(line_.settings().host, "127.0.0.1");
    EXPECT_EQ(line_.settings().shutdown_timeout, std::chrono::seconds{30});
}

TEST_F(options_of_a_program, ask_for_a_server_unless_they_ask_for_the_document)
{
    EXPECT_EQ(parse({}), std::nullopt);
    EXPECT_FALSE(line_.prints_openapi());
}

TEST_F(options_of_a_program, may_ask_for_the_document)
{
    EXPECT_EQ(parse({"--print-openapi"}), std::nullopt);
    EXPECT_TRUE(line_.prints_openapi());
}

TEST_F(options_of_a_program, are_shown_by_help_with_their_defaults)
{
    std::string directory = "/tmp/here";
    line_.option("--directory", directory, "Where things go");
    EXPECT_EQ(parse({"--help"}), 0);
    for (std::string const part : {"Shop 2.1", "--directory", "/tmp/here", "Where things go", "--port"})
        EXPECT_NE(printed_.find(part), std::string::npos) << part;
}

TEST_F(options_of_a_program, bound_the_connections_of_an_address)
{
    EXPECT_EQ(line_.settings().limits.connections_per_address, 0U) << "nobody's, unless asked to";
    EXPECT_EQ(parse({"--connections-per-address", "20"}), std::nullopt);
    EXPECT_EQ(line_.settings().limits.connections_per_address, 20U);
}

TEST_F(options_of_a_program, are_refused_when_wrong)
{
    std::int64_t age = 5;
    line_.option("--age", age, "How old");
    EXPECT_EQ(parse({"--age", "old"}), 2);
    EXPECT_NE(complaint_.find("--age"), std::string::npos) << complaint_;
    EXPECT_EQ(parse({"--connections-per-address", "-1"}), 2);
}

TEST_F(options_of_a_program, must_have_names_of_their_own)
{
    std::string text;
    EXPECT_THROW(line_.option("--port", text, "taken"), std::invalid_argument);
    EXPECT_THROW(line_.option("", text, "none"), std::invalid_argument);
    EXPECT_THROW(line_.option("directory", text, "no option"), std::invalid_argument);
}

TEST_F(options_of_a_program, unknown_are_refused)
{
    EXPECT_EQ(parse({"--nonsense"}), 2);
    EXPECT_NE(complaint_.find("--nonsense"), std::string::npos) << complaint_;
}

TEST_F(options_of_a_program, version_is_the_apps)
{
    EXPECT_EQ(parse({"--version"}), 0);
    EXPECT_EQ(printed_, "2.1\n");
}

} // namespace
} // namespace serval
