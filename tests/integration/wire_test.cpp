// Every case of tests/wire/cases against a real server: whole, in two pieces, and byte by byte.
#include "support/running_server.hpp"
#include "support/wire_cases.hpp"

#include <serval/serval.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace {

using serval::test::raw_client;
using serval::test::wire_case;

constexpr std::string_view canary_body = "the canary sings";

/// Answers everything with the body that it got, so that a test sees where the server thought the body ended.
void echo_everything(serval::app& app)
{
    auto const echo = [](serval::request& r) -> serval::task<serval::response> {
        co_return serval::response{200, std::string{r.body()}};
    };
    for (auto const m : {serval::method::get, serval::method::post, serval::method::put,
                         serval::method::patch, serval::method::delete_}) {
        app.add(m, "/{rest:path}", serval::detail::bind_handler(echo)).read_body().max_body(1 << 30);
    }
    app.get("/canary", []() -> serval::task<std::string> { co_return std::string{canary_body}; });
}

/// One request on its way to the server in several pieces.
struct delivery {
    wire_case const* what = nullptr;
    std::string bytes{};             ///< the request, and the canary behind one that is accepted
    std::vector<std::size_t> ends{}; ///< of the pieces
    bool expects_canary = false;
};

bool closes(wire_case const& one)
{
    auto const outcome = serval::test::decode_request(one.raw, {one.raw.size()});
    return outcome.values.at("keep_alive") == "no" || outcome.values.at("continue") == "yes";
}

/// The message itself, without what the case has behind it.
std::string_view message_of(wire_case const& one)
{
    std::string_view raw = one.raw;
    auto const outcome = serval::test::decode_request(raw, {raw.size()});
    raw.remove_suffix(outcome.values.at("rest").size());
    return raw;
}

delivery deliver(wire_case const& one, std::vector<std::size_t> ends)
{
    delivery made{&one, one.raw, std::move(ends), false};
    if (one.succeeds()) {
        made.bytes = message_of(one);
        made.expects_canary = !closes(one);
        std::erase_if(made.ends, [&](std::size_t end) { return end >= made.bytes.size(); });
        if (made.expects_canary) {
            made.ends.push_back(made.bytes.size());
            made.bytes += "GET /canary HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
        }
    }
    made.ends.push_back(made.bytes.size());
    return made;
}

void check_accepted(delivery const& sent, raw_client& client)
{
    auto const decoded = serval::test::decode_request(sent.what->raw, {sent.what->raw.size()});
    bool const head = decoded.values.at("method") == "HEAD";
    auto const answer = client.read_answer(head);
    ASSERT_TRUE(answer) << client.problem();
    EXPECT_NE(answer->status, 400);
    EXPECT_LT(answer->status, 500);
    if (answer->status == 200 && !head) {
        EXPECT_EQ(answer->body, decoded.values.at("body"));
    }
    if (sent.expects_canary) {
        auto const canary = client.read_answer();
        ASSERT_TRUE(canary) << client.problem();
        EXPECT_EQ(canary->status, 200);
        EXPECT_EQ(canary->body, canary_body);
    }
}

void check_refused(delivery const& sent, raw_client& client)
{
    auto const answer = client.read_answer();
    ASSERT_TRUE(answer) << client.problem();
    EXPECT_EQ(answer->status, sent.what->status());
    EXPECT_EQ(serval::test::field(*answer, "connection"), "close");
    EXPECT_EQ(client.read_to_end(), "") << "something follows the refusal";
    EXPECT_NE(client.wait_for_end(), raw_client::ending::open);
}

/// Sends all of `batch` side by side, piece by piece: while the others are sent to, the server reads.
void send_all(std::vector<delivery> const& batch, std::vector<raw_client>& clients)
{
    std::size_t rounds = 0;
    for (auto const& one : batch)
        rounds = std::max(rounds, one.ends.size());
    for (std::size_t round = 0; round != rounds; ++round) {
        for (std::size_t i = 0; i != batch.size(); ++i) {
            auto const& one = batch[i];
            if (round >= one.ends.size()) continue;
            std::size_t const begin = round == 0 ? 0 : one.ends[round - 1];
            clients[i].send(std::string_view{one.bytes}.substr(begin, one.ends[round] - begin));
        }
    }
}

class wire : public testing::Test {
protected:
    wire()
    {
        echo_everything(app_);
        server_.emplace(app_);
    }

    void exchange(std::vector<delivery> const& all)
    {
        constexpr std::size_t batch_size = 100;
        for (std::size_t begin = 0; begin < all.size(); begin += batch_size) {
            std::vector<delivery> const batch(
                all.begin() + static_cast<std::ptrdiff_t>(begin),
                all.begin() + static_cast<std::ptrdiff_t>(std::min(all.size(), begin + batch_size)));
            std::vector<raw_client> clients;
            for (std::size_t i = 0; i != batch.size(); ++i)
                clients.push_back(server_->connect());
            send_all(batch, clients);
            for (std::size_t i = 0; i != batch.size(); ++i)
                check(batch[i], clients[i]);
        }
    }

    template <class F>
    std::vector<delivery> each(F&& pieces_of)
    {
        std::vector<delivery> all;
        for (auto const& one : serval::test::all_wire_cases())
            pieces_of(one, all);
        return all;
    }

private:
    void check(delivery const& sent, raw_client& client)
    {
        SCOPED_TRACE(sent.what->file + ": " + sent.what->name + ", in " + std::to_string(sent.ends.size()) +
                     " pieces, the first of " + std::to_string(sent.ends.front()));
        if (sent.what->succeeds()) {
            check_accepted(sent, client);
        } else if (sent.what->refusal()) {
            check_refused(sent, client);
        } else { // incomplete: no handler may see it, and the end of the client's side is the end of it
            client.half_close();
            auto const answer = client.read_answer();
            // (A declared length may be more than the server takes.)
            EXPECT_TRUE(!answer || answer->status == 400 || answer->status == 413)
                << serval::test::status_of(answer);
            EXPECT_NE(client.wait_for_end(), raw_client::ending::open);
        }
    }

    serval::app app_;
    std::optional<serval::test::running_server> server_;
};

TEST_F(wire, a_request_sent_whole_has_its_outcome)
{
    exchange(each([](wire_case const& one, auto& all) { all.push_back(deliver(one, {})); }));
}

TEST_F(wire, a_request_sent_in_two_pieces_has_the_same_outcome)
{
    exchange(each([](wire_case const& one, auto& all) {
        auto const size = one.raw.size();
        for (std::size_t const at :
             {std::size_t{1}, size / 4, size / 2, size * 3 / 4, size - 3, size - 2, size - 1}) {
            if (at > 0 && at < size) all.push_back(deliver(one, {at}));
        }
    }));
}

TEST_F(wire, a_short_request_sent_byte_by_byte_has_the_same_outcome)
{
    exchange(each([](wire_case const& one, auto& all) {
        constexpr std::size_t longest = 140;
        if (one.raw.size() > longest) return;
        std::vector<std::size_t> ends;
        for (std::size_t at = 1; at < one.raw.size(); ++at)
            ends.push_back(at);
        all.push_back(deliver(one, std::move(ends)));
    }));
}

} // namespace
