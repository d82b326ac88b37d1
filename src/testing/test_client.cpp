#include "base/ascii.hpp"
#include "testing/client_exchange.hpp"
#include "testing/client_host.hpp"
#include "testing/manual_clock.hpp"
#include "testing/stream_exchange.hpp"
#include "testing/test_loop.hpp"

#include <serval/app.hpp>
#include <serval/testing/test_client.hpp>

#include <algorithm>
#include <exception>
#include <memory>
#include <optional>
#include <utility>

namespace serval {

namespace {

using header_list = test_client::header_list;

bool has(header_list const& fields, std::string_view name)
{
    return std::any_of(fields.begin(), fields.end(),
                       [&](auto const& field) { return base::iequals(field.first, name); });
}

void append_field(std::string& to, std::string_view name, std::string_view value)
{
    to.append(name).append(": ").append(value).append("\r\n");
}

std::string write_request(std::string_view method, std::string_view target, header_list const& fields,
                          std::string_view body)
{
    std::string bytes;
    bytes.append(method).append(" ").append(target).append(" HTTP/1.1\r\n");
    if (!has(fields, "host")) append_field(bytes, "Host", "testserver");
    if (!has(fields, "accept")) append_field(bytes, "Accept", "*/*");
    if (!has(fields, "user-agent")) append_field(bytes, "User-Agent", "testclient");
    for (auto const& [name, value] : fields)
        append_field(bytes, name, value);
    bool const has_body = !body.empty() || method == "POST" || method == "PUT" || method == "PATCH";
    if (has_body && !has(fields, "content-length") && !has(fields, "transfer-encoding"))
        append_field(bytes, "Content-Length", std::to_string(body.size()));
    return bytes.append("\r\n").append(body);
}

header_list with_type(header_list fields, std::string_view content_type)
{
    if (!content_type.empty()) fields.emplace_back("Content-Type", content_type);
    return fields;
}

} // namespace

std::optional<std::string_view> test_response::header(std::string_view name) const noexcept
{
    for (auto const& [field, value] : headers) {
        if (base::iequals(field, name)) return value;
    }
    return std::nullopt;
}

struct pending_response::implementation {
    std::shared_ptr<testing_impl::whole_exchange> exchange;

    ~implementation() { exchange->disconnect(); }
};

pending_response::pending_response(std::unique_ptr<implementation> state) : implementation_{std::move(state)}
{}

pending_response::pending_response(pending_response&&) noexcept = default;
pending_response& pending_response::operator=(pending_response&&) noexcept = default;
pending_response::~pending_response() = default;

test_response pending_response::get()
{
    return implementation_->exchange->wait_for_response();
}

bool pending_response::ready() const
{
    return implementation_->exchange->done();
}

void pending_response::disconnect()
{
    implementation_->exchange->disconnect();
}

struct test_client::implementation {
    testing_impl::client_host host;

    implementation(app& served, std::shared_ptr<manual_clock::implementation> clock, settings with)
        : host{served, std::move(clock), std::move(with)}
    {}

    static std::unique_ptr<implementation>
    make(app& served, std::shared_ptr<manual_clock::implementation> clock, settings with);
    static void end(std::unique_ptr<implementation> one);
};

std::unique_ptr<test_client::implementation>
test_client::implementation::make(app& served, std::shared_ptr<manual_clock::implementation> clock,
                                  settings with)
{
    auto made = std::make_unique<implementation>(served, std::move(clock), std::move(with));
    std::exception_ptr thrown;
    try {
        made->host.begin();
    } catch (...) {
        thrown = std::current_exception();
    }
    if (!thrown) return made;
    end(std::move(made));
    std::rethrow_exception(thrown);
}

void test_client::implementation::end(std::unique_ptr<implementation> one)
{
    if (!one->host.end()) testing_impl::keep_for_ever(std::move(one));
}

test_client::test_client(app& application, settings options)
    : implementation_{implementation::make(application, nullptr, std::move(options))}
{}

test_client::test_client(app& application, manual_clock& clock, settings options)
    : implementation_{implementation::make(application, clock.impl().shared_from_this(), std::move(options))}
{}

test_client::~test_client()
{
    implementation::end(std::move(implementation_));
}

settings test_client::default_settings()
{
    return {.level = log_level::warning, .access_log = false};
}

test_response test_client::get(std::string_view target, header_list headers)
{
    return request("GET", target, std::move(headers));
}

test_response test_client::head(std::string_view target, header_list headers)
{
    return request("HEAD", target, std::move(headers));
}

test_response test_client::del(std::string_view target, header_list headers)
{
    return request("DELETE", target, std::move(headers));
}

test_response test_client::options(std::string_view target, header_list headers)
{
    return request("OPTIONS", target, std::move(headers));
}

test_response test_client::post(std::string_view target, std::string body, std::string_view content_type,
                                header_list headers)
{
    return request("POST", target, with_type(std::move(headers), content_type), std::move(body));
}

test_response test_client::put(std::string_view target, std::string body, std::string_view content_type,
                               header_list headers)
{
    return request("PUT", target, with_type(std::move(headers), content_type), std::move(body));
}

test_response test_client::patch(std::string_view target, std::string body, std::string_view content_type,
                                 header_list headers)
{
    return request("PATCH", target, with_type(std::move(headers), content_type), std::move(body));
}

test_response test_client::post(std::string_view target, test_form const& form, header_list headers)
{
    return post(target, form.body(), form.content_type(), std::move(headers));
}

test_response test_client::post_json(std::string_view target, std::string json)
{
    return post(target, std::move(json), "application/json");
}

test_response test_client::request(std::string_view method, std::string_view target, header_list headers,
                                   std::string body)
{
    implementation_->host.driver().must_not_run_here();
    return start(method, target, std::move(headers), std::move(body)).get();
}

pending_response test_client::start(std::string_view method, std::string_view target, header_list headers,
                                    std::string body)
{
    auto& host = implementation_->host;
    auto state = std::make_unique<pending_response::implementation>();
    state->exchange = std::make_shared<testing_impl::whole_exchange>(
        host.weak_driver(), write_request(method, target, headers, body), method == "HEAD");
    host.start(state->exchange);
    return pending_response{std::move(state)};
}

streamed_response test_client::stream(std::string_view method, std::string_view target, header_list headers,
                                      std::string body, std::size_t window)
{
    auto& host = implementation_->host;
    auto& driver = host.driver();
    driver.must_not_run_here();
    auto const exchange = std::make_shared<testing_impl::stream_exchange>(
        host.weak_driver(), write_request(method, target, headers, body), method == "HEAD", window);
    auto state = std::make_unique<streamed_response::implementation>(exchange);
    host.start(exchange);
    // Else nobody could move the clock on.
    if (driver.time_stands_still()) driver.settle();
    if (!driver.time_stands_still() || exchange->done()) exchange->head();
    return streamed_response{std::move(state)};
}

void test_client::wait_background()
{
    implementation_->host.wait_background();
}

std::string test_client::raw(std::string_view bytes, std::vector<std::size_t> const& pieces)
{
    return implementation_->host.raw(bytes, pieces);
}

} // namespace serval
