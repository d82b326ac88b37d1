// Sections 1, 2, 3 and 5 of the notebook in process, on a clock that the tests move.
#include "async_operations/application.hpp"
#include "async_operations/rounding.hpp"

#include <serval/app.hpp>
#include <serval/json.hpp>
#include <serval/testing/manual_clock.hpp>
#include <serval/testing/test_client.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <regex>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using namespace std::chrono_literals;

/// A directory of a test's own, removed at its end.
struct own_directory {
    own_directory()
    {
        std::string name = "/tmp/serval-example-XXXXXX";
        if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary directory");
        path = name;
    }
    ~own_directory() { std::filesystem::remove_all(path); }

    std::filesystem::path path;
};

std::string content_of(std::filesystem::path const& path)
{
    std::ifstream file{path, std::ios::binary};
    return {std::istreambuf_iterator<char>{file}, {}};
}

struct example {
    example() { async_operations::add_everything(app, {.directory = directory.path / "uploads"}); }

    std::filesystem::path upload(std::string const& name) const { return directory.path / "uploads" / name; }

    own_directory directory;

    serval::app app{async_operations::info()};
};

/// The example's app and a client of it, in simulated time.
class async_operations_example : public testing::Test {
protected:
    serval::json get(std::string_view target, int status = 200)
    {
        auto const response = client.get(target);
        EXPECT_EQ(response.status, status) << target << ": " << response.body;
        EXPECT_EQ(response.header("content-type"), "application/json");
        return serval::json::parse(response.body, nullptr, false);
    }

    example served;
    serval::manual_clock clock;
    serval::test_client client{served.app, clock};
};

std::vector<std::string> keys_of(serval::json const& object)
{
    std::vector<std::string> keys;
    for (auto const& [key, value] : object.items())
        keys.push_back(key);
    return keys;
}

TEST_F(async_operations_example, sleeps_without_taking_time_and_says_so)
{
    clock.auto_advance(true);
    auto const response = client.get("/async/sleep/3600");
    EXPECT_EQ(
        response.body,
        R"json({"type":"async","slept_for":3600,"message":"Slept for 3600 seconds (non-blocking)"})json");
    EXPECT_GE(clock.elapsed(), 1h);
}

TEST_F(async_operations_example, answers_negative_sleeps_at_once)
{
    EXPECT_EQ(client.get("/async/sleep/-5").body,
              R"json({"type":"async","slept_for":-5,"message":"Slept for -5 seconds (non-blocking)"})json");
    EXPECT_EQ(client.get("/sync/sleep/-5").body,
              R"json({"type":"sync","slept_for":-5,"message":"Slept for -5 seconds (blocking)"})json");
}

TEST_F(async_operations_example, refuses_seconds_that_are_no_integer)
{
    EXPECT_EQ(
        client.get("/sync/sleep/abc").body,
        R"json({"detail":[{"type":"int_parsing","loc":["path","seconds"],"msg":"Input should be a valid )json"
        R"json(integer, unable to parse string as an integer","input":"abc"}]})json");
    EXPECT_EQ(get("/async/sleep/99999999999", 422)["detail"][0]["type"], "int_parsing_size");
}

TEST_F(async_operations_example, fetches_with_a_delay_of_one_second_by_default)
{
    auto pending = client.start("GET", "/async/fetch");
    clock.advance(999ms);
    EXPECT_FALSE(pending.ready());
    clock.advance(1ms);
    auto const body = serval::json::parse(pending.get().body);
    EXPECT_EQ(keys_of(body), (std::vector<std::string>{"message", "elapsed_ms", "data"}));
    EXPECT_EQ(body["message"], "Fetched data successfully");
    EXPECT_TRUE(body["elapsed_ms"].is_number_float());
    EXPECT_EQ(body["data"].dump(), R"json({"status":"success","delay":1})json");
}

TEST_F(async_operations_example, computes_fibonacci_numbers)
{
    auto const body = get("/sync/compute?n=25");
    EXPECT_EQ(keys_of(body), (std::vector<std::string>{"n", "result", "elapsed_ms", "note"}));
    EXPECT_EQ(body["n"], 25);
    EXPECT_EQ(body["result"], 75025);
    EXPECT_TRUE(body["elapsed_ms"].is_number_float());
    EXPECT_EQ(body["note"], "CPU-bound, runs in threadpool");
    EXPECT_EQ(get("/sync/compute?n=-3")["result"], -3);
}

TEST_F(async_operations_example, answers_500_where_python_runs_out_of_stack)
{
    auto const response = client.get("/sync/compute?n=2147483647");
    EXPECT_EQ(response.status, 500);
    EXPECT_EQ(response.body, "Internal Server Error");
}

TEST_F(async_operations_example, counts_requests_that_overlap)
{
    std::vector<serval::pending_response> pending;
    for (int i = 0; i != 5; ++i) {
        pending.push_back(client.start("GET", "/concurrent/slow?request_id=req_" + std::to_string(i)));
        clock.settle(); // so that they begin in this order
    }
    EXPECT_EQ(client.get("/concurrent/stats").body,
              R"json({"current_active":5,"total_processed":0,"recent_requests":[]})json");
    clock.advance(2s);
    for (int i = 0; i != 5; ++i) {
        auto const body = serval::json::parse(pending[static_cast<std::size_t>(i)].get().body);
        EXPECT_EQ(keys_of(body), (std::vector<std::string>{"request_id", "delay", "elapsed",
                                                           "concurrent_requests_during_processing"}));
        EXPECT_EQ(body["request_id"], "req_" + std::to_string(i));
        EXPECT_EQ(body["delay"], 2);
        EXPECT_TRUE(body["elapsed"].is_number_float());
        EXPECT_EQ(body["concurrent_requests_during_processing"], i + 1);
    }
    auto const stats = get("/concurrent/stats");
    EXPECT_EQ(stats["current_active"], 0);
    EXPECT_EQ(stats["total_processed"], 5);
    EXPECT_EQ(stats["recent_requests"].size(), 5U);
}

TEST_F(async_operations_example, shows_the_last_ten_requests)
{
    for (int i = 0; i != 12; ++i)
        get("/concurrent/slow?delay=0&request_id=" + std::to_string(i));
    auto const stats = get("/concurrent/stats");
    EXPECT_EQ(stats["total_processed"], 12);
    ASSERT_EQ(stats["recent_requests"].size(), 10U);
    EXPECT_EQ(stats["recent_requests"][0]["request_id"], "2");
    EXPECT_EQ(stats["recent_requests"][9]["request_id"], "11");
    EXPECT_EQ(get("/concurrent/slow?delay=0")["request_id"], "unknown");
}

TEST_F(async_operations_example, counts_out_a_request_whose_client_left)
{
    auto pending = client.start("GET", "/concurrent/slow?delay=3600");
    clock.settle();
    EXPECT_EQ(get("/concurrent/stats")["current_active"], 1);
    pending.disconnect();
    clock.advance(2s); // the sweep that finds out comes every 250 ms
    auto const stats = get("/concurrent/stats");
    EXPECT_EQ(stats["current_active"], 0);
    EXPECT_EQ(stats["total_processed"], 0);
}

TEST_F(async_operations_example, two_apps_share_nothing)
{
    get("/concurrent/slow?delay=0");
    example other;
    serval::test_client other_client{other.app};
    EXPECT_EQ(other_client.get("/concurrent/stats").body,
              R"json({"current_active":0,"total_processed":0,"recent_requests":[]})json");
    EXPECT_EQ(get("/concurrent/stats")["total_processed"], 1);
}

// Expectations are what Python 3.13's round() gives.
TEST(async_operations_rounding, rounds_as_python_does)
{
    EXPECT_EQ(async_operations::rounded(2.675, 2), 2.67);
    EXPECT_EQ(async_operations::rounded(0.125, 2), 0.12);
    EXPECT_EQ(async_operations::rounded(0.375, 2), 0.38);
    EXPECT_EQ(async_operations::rounded(1005.0, 2), 1005.0);
    EXPECT_EQ(async_operations::rounded(-0.004, 2), -0.0);
    EXPECT_EQ(async_operations::rounded(1.7e308, 2), 1.7e308);
    EXPECT_EQ(async_operations::rounded(std::numeric_limits<double>::infinity(), 2),
              std::numeric_limits<double>::infinity());
}

TEST_F(async_operations_example, saves_a_file)
{
    auto const response = client.post(
        "/upload/file", serval::test_form().file("file", "test.txt", "This is a test.", "text/plain"));
    ASSERT_EQ(response.status, 200) << response.body;
    auto const body = serval::json::parse(response.body);
    EXPECT_EQ(keys_of(body), (std::vector<std::string>{"filename", "content_type", "size_bytes", "saved_to",
                                                       "upload_time_ms"}));
    EXPECT_EQ(body["filename"], "test.txt");
    EXPECT_EQ(body["content_type"], "text/plain");
    EXPECT_EQ(body["size_bytes"], 15);
    EXPECT_EQ(body["saved_to"], served.upload("test.txt").string());
    EXPECT_TRUE(body["upload_time_ms"].is_number_float());
    EXPECT_EQ(content_of(served.upload("test.txt")), "This is a test.");
}

TEST_F(async_operations_example, replaces_a_file_of_the_same_name)
{
    client.post("/upload/file", serval::test_form().file("file", "a", "old and long"));
    client.post("/upload/file", serval::test_form().file("file", "a", "new"));
    EXPECT_EQ(content_of(served.upload("a")), "new");
}

TEST_F(async_operations_example, saves_hostile_names_inside_of_its_directory)
{
    std::filesystem::create_directory(served.upload("folder"));
    std::filesystem::create_symlink("/etc/passwd", served.upload("link"));
    for (std::string const name : {"../../evil", "/etc/evil", "..", ".", "", "..\\..\\evil", "C:\\evil",
                                   "a\xff\xfe", "link", "\xc2\x85"}) {
        auto const response = client.post("/upload/file", serval::test_form().file("file", name, "x"));
        ASSERT_EQ(response.status, 200) << name << response.body;
        auto const saved =
            std::filesystem::path{serval::json::parse(response.body)["saved_to"].get<std::string>()};
        EXPECT_EQ(saved.parent_path(), served.directory.path / "uploads") << name;
        EXPECT_TRUE(std::filesystem::is_regular_file(std::filesystem::symlink_status(saved))) << name;
    }
    EXPECT_EQ(client.post("/upload/file", serval::test_form().file("file", "folder", "x")).status, 409);
    for (auto const& name : {std::string{"a\0b", 3}, std::string{"a\x7f"}, std::string{"\x1b[31m"}})
        EXPECT_EQ(client.post("/upload/file", serval::test_form().file("file", name, "x")).status, 400)
            << name;
    auto const everything = std::filesystem::directory_iterator{served.directory.path};
    EXPECT_EQ(std::distance(begin(everything), end(everything)), 1) << "nothing beside the upload directory";
}

TEST_F(async_operations_example, saves_several_files)
{
    serval::test_form form;
    for (std::string const n : {"1", "2", "3"})
        form.file("files", "file" + n + ".txt", "Content of file " + n, "text/plain");
    auto const response = client.post("/upload/files", form);
    ASSERT_EQ(response.status, 200) << response.body;
    auto body = serval::json::parse(response.body);
    EXPECT_TRUE(body["upload_time_ms"].is_number_float());
    body["upload_time_ms"] = 0;
    EXPECT_EQ(body.dump(), R"({"files_uploaded":3,"total_size_bytes":51,"upload_time_ms":0,"files":[)"
                           R"({"filename":"file1.txt","size_bytes":17,"content_type":"text/plain"},)"
                           R"({"filename":"file2.txt","size_bytes":17,"content_type":"text/plain"},)"
                           R"({"filename":"file3.txt","size_bytes":17,"content_type":"text/plain"}]})");
    EXPECT_EQ(content_of(served.upload("file2.txt")), "Content of file 2");
}

TEST_F(async_operations_example, saves_metadata_beside_the_file_as_python_writes_it)
{
    auto const response =
        client.post("/upload/with-metadata", serval::test_form()
                                                 .file("file", "n\xc3\xa4me.txt", "12345")
                                                 .field("description", "\xf0\x9f\x8c\xb3 \"trees\"")
                                                 .field("tags", " a, b ,, c")
                                                 .field("category", "x"));
    ASSERT_EQ(response.status, 200) << response.body;
    auto const body = serval::json::parse(response.body);
    std::string const at = body["uploaded_at"];
    EXPECT_TRUE((at.size() == 19 || at.size() == 26) && at[10] == 'T') << at;
    EXPECT_EQ(response.body,
              "{\"filename\":\"n\xc3\xa4me.txt\",\"description\":\"\xf0\x9f\x8c\xb3 "
              "\\\"trees\\\"\",\"tags\":[\"a\",\"b\",\"c\"],\"category\":\"x\",\"uploaded_at\":\"" +
                  at + "\",\"size_bytes\":5}");
    EXPECT_EQ(content_of(served.upload("n\xc3\xa4me.txt.json")),
              "{\n  \"filename\": \"n\\u00e4me.txt\",\n  \"description\": \"\\ud83c\\udf33 \\\"trees\\\"\",\n"
              "  \"tags\": [\n    \"a\",\n    \"b\",\n    \"c\"\n  ],\n  \"category\": \"x\",\n"
              "  \"uploaded_at\": \"" +
                  at + "\",\n  \"size_bytes\": 5\n}");
}

TEST_F(async_operations_example, takes_metadata_without_tags_and_a_name_of_the_greatest_length)
{
    std::string const name(255, 'n');
    auto const response = client.post(
        "/upload/with-metadata",
        serval::test_form().file("file", name, "").field("description", "d").field("category", "c"));
    ASSERT_EQ(response.status, 200) << response.body;
    EXPECT_EQ(serval::json::parse(response.body)["tags"], serval::json::array());
    EXPECT_TRUE(std::filesystem::exists(served.upload(std::string(250, 'n') + ".json")));
}

TEST_F(async_operations_example, reports_what_is_missing_of_a_form)
{
    EXPECT_EQ(client.post("/upload/with-metadata", serval::test_form().field("description", "d")).body,
              R"({"detail":[{"type":"missing","loc":["body","file"],"msg":"Field required","input":null},)"
              R"({"type":"missing","loc":["body","category"],"msg":"Field required","input":null}]})");
}

TEST_F(async_operations_example, accepts_a_file_to_process)
{
    auto const response =
        client.post("/upload/process", serval::test_form().file("file", "process_me.txt", "content"));
    EXPECT_EQ(response.body,
              R"({"message":"File uploaded successfully","filename":"process_me.txt","size_bytes":7,)"
              R"("status":"processing in background"})");
    EXPECT_EQ(content_of(served.upload("process_me.txt")), "content");
    EXPECT_EQ(get("/tasks/log")["total_tasks"], 0);
    client.wait_background();
    EXPECT_EQ(get("/tasks/log").dump(), R"({"total_tasks":1,"log":["File processed: process_me.txt"]})");
}

constexpr auto test_user = R"({"username":"testuser","email":"test@example.com","full_name":"Test User"})";

TEST_F(async_operations_example, registers_a_user_and_sends_the_email_later)
{
    auto const response = client.post_json("/users/register", test_user);
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.body, R"({"message":"Registration successful","username":"testuser",)"
                             R"("email":"test@example.com","note":"Welcome email will be sent shortly"})");
    clock.advance(std::chrono::milliseconds(1900));
    auto log = get("/tasks/log");
    ASSERT_EQ(log["total_tasks"], 1);
    std::string const first = log["log"][0];
    EXPECT_TRUE(std::regex_match(
        first, std::regex{R"(\[\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?\] User registered: testuser)"}))
        << first;
    clock.advance(std::chrono::milliseconds(100));
    log = get("/tasks/log");
    EXPECT_EQ(log["total_tasks"], 2);
    EXPECT_EQ(log["log"][1], "Email sent to test@example.com: Welcome!");
}

TEST_F(async_operations_example, refuses_a_user_without_a_valid_email_and_runs_no_task)
{
    EXPECT_EQ(client.post_json("/users/register", R"({"username":"a","email":"a@","full_name":"b"})").status,
              422);
    client.wait_background();
    EXPECT_EQ(get("/tasks/log").dump(), R"({"total_tasks":0,"log":[]})");
}

TEST_F(async_operations_example, shows_the_last_20_of_its_tasks)
{
    for (int i = 0; i != 15; ++i)
        client.post_json("/users/register", test_user);
    client.wait_background();
    auto const log = get("/tasks/log");
    EXPECT_EQ(log["total_tasks"], 30);
    EXPECT_EQ(log["log"].size(), 20U);
}

} // namespace
