// The notebook's seven client tests, in process and on a clock that moves by itself: no port, and hours take
// no time. notebook_test.py does the same with the program itself.
#include "async_operations/application.hpp"

#include <serval/json.hpp>
#include <serval/serval.hpp>
#include <serval/testing/manual_clock.hpp>
#include <serval/testing/test_client.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using namespace std::chrono_literals;

class notebook : public testing::Test {
protected:
    notebook()
    {
        clock.auto_advance(true);
        async_operations::add_everything(app, {.directory = directory});
    }
    ~notebook() override { std::filesystem::remove_all(directory); }

    static std::string make_directory()
    {
        std::string name = "/tmp/serval-notebook-XXXXXX";
        if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary directory");
        return name;
    }

    static serval::json json_of(serval::test_response const& response)
    {
        EXPECT_EQ(response.status, 200) << response.body;
        return serval::json::parse(response.body, nullptr, false);
    }
    serval::json get(std::string const& target) { return json_of(client().get(target)); }

    /// Made with the first request: that freezes the app.
    serval::test_client& client()
    {
        if (!client_) client_.emplace(app, clock);
        return *client_;
    }

    std::string const directory = make_directory();
    serval::app app{async_operations::info()};
    serval::manual_clock clock;
    std::optional<serval::test_client> client_;
};

TEST_F(notebook, test_1_async_and_sync_sleep)
{
    EXPECT_EQ(get("/async/sleep/1")["message"], "Slept for 1 seconds (non-blocking)");
    EXPECT_GE(clock.elapsed(), 1s);
    // A plain function that blocks blocks for real, so it does so for no time here.
    EXPECT_EQ(get("/sync/sleep/0")["message"], "Slept for 0 seconds (blocking)");
}

TEST_F(notebook, test_2_file_upload)
{
    std::string const content = "This is a test file for FastAPI upload demonstration.";
    auto const result = json_of(
        client().post("/upload/file", serval::test_form().file("file", "test.txt", content, "text/plain")));
    EXPECT_EQ(result["filename"], "test.txt");
    EXPECT_EQ(result["size_bytes"], content.size());
    EXPECT_TRUE(result["upload_time_ms"].is_number_float());
}

TEST_F(notebook, test_3_multiple_file_upload)
{
    auto const form = serval::test_form()
                          .file("files", "file1.txt", "Content of file 1", "text/plain")
                          .file("files", "file2.txt", "Content of file 2", "text/plain")
                          .file("files", "file3.txt", "Content of file 3", "text/plain");
    auto const result = json_of(client().post("/upload/files", form));
    EXPECT_EQ(result["files_uploaded"], 3);
    EXPECT_EQ(result["total_size_bytes"], 51);
}

TEST_F(notebook, test_4_background_tasks)
{
    auto const result = json_of(client().post_json(
        "/users/register", R"({"username":"testuser","email":"test@example.com","full_name":"Test User"})"));
    EXPECT_EQ(result["message"], "Registration successful");
    EXPECT_EQ(result["note"], "Welcome email will be sent shortly");
    EXPECT_LT(clock.elapsed(), 2s) << "the answer does not wait for the tasks";
    client().wait_background();
    auto const log = get("/tasks/log");
    EXPECT_EQ(log["total_tasks"], 2);
    EXPECT_TRUE(log["log"][0].get<std::string>().ends_with("] User registered: testuser"));
    EXPECT_EQ(log["log"][1], "Email sent to test@example.com: Welcome!");
}

TEST_F(notebook, test_5_streaming_response)
{
    auto stream = client().stream("GET", "/stream/numbers?count=5");
    std::vector<std::string> lines;
    while (auto line = stream.next_line())
        lines.push_back(*line);
    EXPECT_EQ(lines,
              (std::vector<std::string>{"Number: 0", "Number: 1", "Number: 2", "Number: 3", "Number: 4"}));
    EXPECT_EQ(clock.elapsed(), 500ms);
}

TEST_F(notebook, test_6_concurrent_requests)
{
    clock.auto_advance(false); // all begin before time goes on
    std::vector<serval::pending_response> pending;
    for (int i = 0; i != 5; ++i)
        pending.push_back(
            client().start("GET", "/concurrent/slow?delay=2&request_id=req_" + std::to_string(i)));
    clock.advance(2s);
    for (auto& one : pending)
        EXPECT_EQ(json_of(one.get())["delay"], 2);
    EXPECT_EQ(clock.elapsed(), 2s) << "not 10";
    EXPECT_EQ(get("/concurrent/stats")["total_processed"], 5);
}

TEST_F(notebook, test_7_file_upload_with_background_processing)
{
    auto const result = json_of(
        client().post("/upload/process",
                      serval::test_form().file("file", "process_me.txt",
                                               "Large file content that needs processing...", "text/plain")));
    EXPECT_EQ(result["message"], "File uploaded successfully");
    EXPECT_EQ(result["status"], "processing in background");
    EXPECT_EQ(get("/tasks/log")["total_tasks"], 0) << "the answer does not wait for the task";
    client().wait_background();
    EXPECT_EQ(get("/tasks/log")["log"][0], "File processed: process_me.txt");
}

} // namespace
