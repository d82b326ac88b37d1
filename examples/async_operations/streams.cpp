#include "async_operations/streams.hpp"

#include "async_operations/python_time.hpp"
#include "async_operations/white_space.hpp"

#include <serval/serval.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace async_operations {

namespace {

using namespace serval::params;
using namespace std::chrono_literals;

serval::generator<std::string> generate_numbers(int n)
{
    for (int i = 0; i < n; ++i) {
        co_await serval::sleep_for(100ms); // simulates a computation
        co_yield "Number: " + std::to_string(i) + "\n";
    }
}

serval::generator<std::string> generate_log_stream()
{
    static constexpr std::array<std::string_view, 7> messages{
        "Starting application...", "Loading configuration...", "Connecting to database...",
        "Database connected",      "Loading models...",        "Models loaded",
        "Application ready",
    };
    for (auto const message : messages) {
        co_await serval::sleep_for(500ms);
        co_yield "[" + now_clock() + "] " + std::string(message) + "\n";
    }
}

// A model could be yielded instead, as compact JSON; this spaces as Python's json.dumps does.
serval::generator<std::string> generate_json_stream(int items)
{
    for (std::int64_t i = 0; i < items; ++i) {
        co_await serval::sleep_for(200ms);
        co_yield R"({"id": )" + std::to_string(i) + R"(, "timestamp": ")" + now_isoformat() +
            R"(", "value": )" + std::to_string(i * 10) + "}\n";
    }
}

serval::generator<std::string> generate_llm_response(std::string prompt)
{
    std::string const response =
        "This is a response to: '" + prompt + "'. The answer involves multiple tokens being streamed.";
    for (auto const& word : split(response)) {
        co_await serval::sleep_for(100ms); // simulates the making of a token
        co_yield word + " ";
    }
}

} // namespace

void add_streams(serval::app& app)
{
    app.get("/stream/numbers",
            [](query<"count", int, def(10)> count) -> serval::task<serval::response> {
                co_return serval::streaming_response(generate_numbers(*count), "text/plain");
            })
        .name("stream_numbers")
        .description("Stream numbers to client")
        .media_type("text/plain"); // for the OpenAPI document: a response could be anything

    // A handler may be the generator itself: a stream of strings is text.
    app.get("/stream/logs", generate_log_stream).name("stream_logs").description("Stream simulated logs");

    app.get("/stream/json",
            [](query<"items", int, def(5)> items) -> serval::task<serval::response> {
                co_return serval::streaming_response(generate_json_stream(*items), "application/x-ndjson");
            })
        .name("stream_json")
        .description("Stream JSON objects (newline-delimited JSON)")
        .media_type("application/x-ndjson");

    app.get("/stream/llm",
            [](query<"prompt", std::string, def("What is FastAPI?")> prompt)
                -> serval::task<serval::response> {
                co_return serval::streaming_response(generate_llm_response(*prompt), "text/plain");
            })
        .name("stream_llm")
        .description("Stream LLM-style response")
        .media_type("text/plain");
}

} // namespace async_operations
