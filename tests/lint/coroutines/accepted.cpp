/// Statements that the coroutine lint must leave alone.
#define AWAIT(x) \
    co_await f(options{x})

task<std::string> plain(std::string text)
{
    options const chosen{.limit = 1};
    co_await send(chosen);
    auto const job = [text] { return text.size(); };
    co_await run(job);
    co_await run([](std::string const& t) { return t.size(); }, text);
    co_await run([&] { return text.size(); });
    co_await run([&text, &chosen] { return text.size(); });
    co_return options{1, "co_await {"};
}

template <class T>
    requires requires { typename T::value_type; }
class stream : public base {
public:
    task<void> pull() const override
    {
        for (;;) {
            if (auto piece = co_await next(); !piece) {
                break;
            } else {
                buffer_[0] = *piece;
            }
        }
        switch (state_) {
        case 1: {
            co_yield value();
            break;
        }
        default: co_await finish();
        }
        spawn([this] { return flag_ ? 1 : 2; });
        co_await checked(options{1}); // gcc12-ok: options is trivial
    }

    stream(int n) : size_{n}, data_{new char[n]} {}

private:
    std::array<int, 2> buffer_{1, 2};
};

task<> after_lambda_statement()
{
    auto handler = [copy = std::string{"x"}]() -> task<> { co_await next(); };
    co_await handler();
    co_yield serval::sse_event{}.comment("still here");
    co_yield sse_event{text}.id("1");
    auto const flag = ready() ? 10'000 : 20'000;
    co_await wait(flag, R"(co_await {} ?)", '?'); // co_await f({}) ?
    try {
        co_await next();
    } catch (std::exception const&) {
    }
}
