#include <serval/app.hpp>
#include <serval/command_line.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <limits>
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
    for (auto const given : {std::chrono::milliseconds::max(), std::chrono::milliseconds{1001}}) {
        settings defaults;
        defaults.shutdown_timeout = given;
        command_line line{app_info{.title = "Shop", .version = "2.1"}, defaults};
        char const* const arguments[] = {"program"};
        EXPECT_EQ(line.parse(1, arguments), std::nullopt);
        EXPECT_EQ(line.settings().shutdown_timeout, given);
    }
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

TEST_F(options_of_a_program, name_more_places_to_listen_on)
{
    EXPECT_EQ(parse({"--listen", "0.0.0.0:81", "--listen=[::1]:0", "--listen", "unix:/run/app.sock",
                     "--unix-mode", "600", "--port", "82"}),
              std::nullopt)
        << complaint_;
    auto const& read = line_.settings();
    EXPECT_EQ(read.port, 82);
    EXPECT_EQ(read.also_listen,
              (std::vector<listen_address>{{.host = "0.0.0.0", .port = 81, .unix_mode = 0600},
                                           {.host = "::1", .port = 0, .unix_mode = 0600},
                                           {.unix_path = "/run/app.sock", .unix_mode = 0600}}));
}

TEST_F(options_of_a_program, replace_the_places_of_the_defaults_by_others)
{
    settings defaults;
    defaults.also_listen = {{.port = 81}, {.port = 82}};
    for (bool const given : {false, true}) {
        command_line line{app_info{.title = "Shop", .version = "2.1"}, defaults};
        char const* const arguments[] = {"program", "--listen", "a:83"};
        EXPECT_EQ(line.parse(given ? 3 : 1, arguments), std::nullopt);
        EXPECT_EQ(line.settings().also_listen.size(), given ? 1U : 2U);
    }
}

TEST_F(options_of_a_program, are_refused_when_wrong)
{
    std::int64_t age = 5;
    line_.option("--age", age, "How old");
    EXPECT_EQ(parse({"--age", "old"}), 2);
    EXPECT_NE(complaint_.find("--age"), std::string::npos) << complaint_;
    EXPECT_EQ(parse({"--connections-per-address", "-1"}), 2);
}

TEST_F(options_of_a_program, are_numbers_that_are_finite_decimal_and_in_range)
{
    std::int64_t age = 5;
    double ratio = 0.5;
    line_.option("--age", age, "How old").option("--ratio", ratio, "How much");
    struct {
        char const* name;
        std::vector<char const*> wrong;
    } const options[] = {
        {"--port", {"-1", "65536", "80x", "0x50", "+80", " 80", "", "8e1", "99999999999999999999"}},
        {"--threads", {"-1", "1025", "1.5", "nan", "18446744073709551616"}},
        {"--pool-threads", {"0", "-1", "10001", "inf"}},
        {"--shutdown-timeout",
         {"nan", "NAN", "-nan", "inf", "-inf", "-1", "86401", "1e999", "1s", "0x1", ""}},
        {"--hold-warning", {"-1", "1.5", "3600001", "nan"}},
        {"--listen", {"", "80", ":80", "a:", "a:65536", "::1:80", "[::1]", "unix:", "[]"}},
        {"--unix-mode", {"-1", "1000", "8", "rw", "0o600", "600 ", "", "77777777777777777777"}},
        {"--age", {"9223372036854775808", "-9223372036854775809", "1.5", "0x10", "5y", "nan"}},
        {"--ratio", {"nan", "inf", "-inf", "1e999", "1.5x", "0x10", ""}},
    };
    for (auto const& one : options) {
        for (std::string const value : one.wrong) {
            command_line fresh{app_info{.title = "Shop", .version = "2.1"}};
            fresh.option("--age", age, "How old").option("--ratio", ratio, "How much");
            std::string const argument = one.name + ('=' + value);
            char const* const arguments[] = {"program", argument.c_str()};
            testing::internal::CaptureStderr();
            EXPECT_EQ(fresh.parse(2, arguments), 2) << argument;
            auto const said = testing::internal::GetCapturedStderr();
            EXPECT_NE(said.find(one.name), std::string::npos) << argument << ": " << said;
        }
    }
    EXPECT_EQ(parse({"--port=08080", "--threads=010", "--age=-9223372036854775808", "--ratio=1e-3",
                     "--shutdown-timeout=0.25", "--hold-warning=20", "--unix-mode=0660"}),
              std::nullopt)
        << complaint_;
    EXPECT_EQ(line_.settings().port, 8080) << "decimal, whatever it begins with";
    EXPECT_EQ(line_.settings().threads, 10U);
    EXPECT_EQ(age, std::numeric_limits<std::int64_t>::min());
    EXPECT_EQ(ratio, 0.001);
    EXPECT_EQ(line_.settings().shutdown_timeout, std::chrono::milliseconds{250});
    EXPECT_EQ(line_.settings().hold_warning, std::chrono::milliseconds{20});
    EXPECT_EQ(line_.settings().unix_mode, 0660U);
}

TEST_F(options_of_a_program, say_what_a_number_may_be)
{
    EXPECT_EQ(parse({"--shutdown-timeout", "nan"}), 2);
    EXPECT_NE(complaint_.find("--shutdown-timeout: nan is not a number from 0 to 86400"), std::string::npos)
        << complaint_;
}

TEST_F(options_of_a_program, may_end_the_access_log)
{
    EXPECT_EQ(parse({"--help"}), 0);
    EXPECT_NE(printed_.find("--no-access-log "), std::string::npos) << printed_;
    EXPECT_EQ(printed_.find("{false}"), std::string::npos) << printed_;
    EXPECT_NE(printed_.find("=0666"), std::string::npos) << printed_;
    EXPECT_EQ(parse({}), std::nullopt);
    EXPECT_TRUE(line_.settings().access_log);
    EXPECT_EQ(parse({"--no-access-log"}), std::nullopt);
    EXPECT_FALSE(line_.settings().access_log);
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
