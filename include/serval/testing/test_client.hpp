// Testing an app without a port: real requests through the real connection code, over memory.
#pragma once

#include <serval/detail/json_body.hpp>
#include <serval/settings.hpp>
#include <serval/testing/streamed_response.hpp>
#include <serval/testing/test_form.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace serval {

class app;
class manual_clock;

/// A response as a client sees it.
struct test_response {
    int status = 0;
    std::string reason;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;

    /// The value of the first field called `name`, in any case.
    std::optional<std::string_view> header(std::string_view name) const noexcept;
};

/// A request under way; `get()` waits for its response. Destroying it before closes its connection. Safe to
/// use after its client is gone: then it has failed. `get` throws std::logic_error in a coroutine of that
/// client, as the client's own calls do.
class pending_response {
public:
    struct implementation;
    explicit pending_response(std::unique_ptr<implementation> state);
    pending_response(pending_response&&) noexcept;
    pending_response& operator=(pending_response&&) noexcept;
    ~pending_response();

    /// Waits for the response; may be called again. Throws std::runtime_error when the connection ends
    /// without a valid one (the client's parser forgives nothing) or, in real time, 30 s pass.
    test_response get();
    /// True when `get` would not wait.
    bool ready() const;
    /// Closes the connection, as a client that leaves; `get` throws then. Nothing when the response is there.
    void disconnect();

private:
    std::unique_ptr<implementation> implementation_;
};

/// Sends requests to an app, in this process, through the server's own connection code.
///
/// Start-up hooks run in the constructor, which passes their exceptions on, shutdown hooks in the destructor,
/// which logs them; a manual clock moves by itself for both. The destructor begins with the drain
/// (`request::draining`, app::on_drain), then closes the connections of requests that are still under way,
/// which cancels their handlers, and lets background tasks run to their ends: all that for 30 s of real time.
/// What blocks a thread then is logged, and left behind with everything that it uses but the application's
/// own variables. Connections are kept alive and reused.
/// Thread-safe: calls from several threads run side by side, plain handlers' among them. In a coroutine of
/// this client those that wait throw std::logic_error at once: they would wait for themselves.
///
/// Requests are sent as given (a target is percent-encoded already), with Host "testserver", Accept,
/// User-Agent and Content-Length unless `headers` has them; the client's address is "testclient". Redirects
/// are not followed. An exception that no handler of the app answers gives its 500 response here, too, unlike
/// in FastAPI's TestClient.
class test_client {
public:
    using header_list = std::vector<std::pair<std::string, std::string>>;

    /// Freezes `application`, which must outlive the client. `host`, `port` and `threads` have no meaning
    /// here.
    explicit test_client(app& application, settings options = default_settings());
    test_client(app& application, manual_clock& clock, settings options = default_settings());
    ~test_client();
    test_client(test_client const&) = delete;
    test_client& operator=(test_client const&) = delete;

    /// Warnings and errors only, no access log.
    static settings default_settings();

    test_response get(std::string_view target, header_list headers = {});
    test_response head(std::string_view target, header_list headers = {});
    test_response del(std::string_view target, header_list headers = {});
    test_response options(std::string_view target, header_list headers = {});
    /// Posts `body` as `content_type`; likewise put and patch.
    test_response post(std::string_view target, std::string body, std::string_view content_type,
                       header_list headers = {});
    test_response put(std::string_view target, std::string body, std::string_view content_type,
                      header_list headers = {});
    test_response patch(std::string_view target, std::string body, std::string_view content_type,
                        header_list headers = {});
    /// Posts a form; for other methods there are its `body()` and `content_type()`.
    test_response post(std::string_view target, test_form const& form, header_list headers = {});
    /// Posts JSON text.
    test_response post_json(std::string_view target, std::string json);
    /// Posts a model, a container or a `serval::json` as JSON.
    template <class T>
        requires(!detail::is_text<T>)
    test_response post_json(std::string_view target, T const& value)
    {
        return post_json(target, detail::json_body<T>::text(value));
    }
    template <class T = void>
    test_response post_json(std::string_view, detail::braced_members)
    {
        detail::refuse_braces<T>();
        return {};
    }
    test_response request(std::string_view method, std::string_view target, header_list headers = {},
                          std::string body = {});

    /// Sends a request and returns at once.
    pending_response start(std::string_view method, std::string_view target, header_list headers = {},
                           std::string body = {});

    /// Sends a request and waits for the head of its response, whose body comes while it is read. With a
    /// manual clock that stands still it waits only until nothing but time can bring the head: that of a
    /// generator which waits before its first value comes after 50 ms.
    ///
    /// `window`: bytes of the response that may wait unread before the server's writes wait; with 0 the
    /// server can write only the head, and while a call waits for more. Throws as `get` of a pending_response
    /// does.
    streamed_response stream(std::string_view method, std::string_view target, header_list headers = {},
                             std::string body = {}, std::size_t window = streamed_response::default_window);

    /// Waits until every background task that was accepted has ended, those included that come meanwhile; a
    /// manual clock moves by itself for it. Throws std::runtime_error after 30 s of real time.
    ///
    /// Without it, `manual_clock::advance` drives tasks that sleep.
    void wait_background();

    /// Sends `bytes` as they are on a connection of its own and gives all that the server answers until it
    /// closes or waits for more: for tests of the protocol itself.
    ///
    /// `pieces`: the ascending offsets at which the bytes are split; each piece arrives when the one before
    /// has been dealt with. Throws std::runtime_error after 30 s of real time.
    std::string raw(std::string_view bytes, std::vector<std::size_t> const& pieces = {});

    struct implementation;

private:
    std::unique_ptr<implementation> implementation_;
};

} // namespace serval
