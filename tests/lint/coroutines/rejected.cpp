/// Statements that the coroutine lint must flag: each line that ends in `// fault: …`, and no other.
struct options;

task<> braces()
{
    co_await send(options{.limit = 1}); // fault: braced initialiser
    co_await send({}); // fault: braced initialiser
    co_yield event{"a", 1'000}; // fault: braced initialiser
    auto both = first(options{1}) + co_await second(); // fault: braced initialiser
    co_yield sse_event{text_of(options{1})}; // fault: braced initialiser
    co_yield event{}.comment("x"); // fault: braced initialiser
    auto x = std::vector<int>{co_await second()}; // fault: braced initialiser
}

task<int> closures(std::string text)
{
    co_await run([text] { return text.size(); }); // fault: capturing lambda
    co_await run([=] { return text.size(); }); // fault: capturing lambda
    co_await run([copy = text] { return copy.size(); }); // fault: capturing lambda
    co_await run([this, text] { return text.size(); }); // fault: capturing lambda
    int n = co_await [text]() -> task<int> { co_return 1; }(); // fault: capturing lambda
    co_return n ? co_await one() : co_await two(); // fault: ?:
}

struct connection final : base {
    auto serve() -> task<> override
    {
        if (ready_) {
            co_await write(flag_ ? 'a' : '"'); // fault: ?:
        }
        co_await // fault: braced initialiser
            write(options{1});
    }
};
