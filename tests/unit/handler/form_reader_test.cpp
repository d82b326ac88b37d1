#include "support/no_descriptors.hpp"
#include "support/process_facts.hpp"

#include <serval/json.hpp>
#include <serval/serval.hpp>
#include <serval/testing/test_client.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace serval {
namespace {

using namespace serval::params;

struct titled {
    std::string title;
};

struct photo {
    std::string title;
    upload_file picture;
    std::vector<upload_file> others;
    std::optional<int> year;
    defaulted<std::string> place = "here";
};

constexpr auto rules(rules_for<photo>)
{
    return model_rules<member<"title", min_length(2)>>{};
}

std::string detail_of(test_response const& response)
{
    return json::parse(response.body)["detail"].dump();
}

std::string file_of(std::size_t bytes)
{
    std::string made;
    for (std::size_t i = 0; made.size() < bytes; ++i)
        made += std::to_string(i) + ",";
    made.resize(bytes);
    return made;
}

class form_reader : public testing::Test {
protected:
    form_reader()
    {
        options_.limits.form_fields = 3;
        options_.limits.form_files = 2;
        options_.limits.form_field = 2048;
        options_.limits.form_text = 5000;
        options_.limits.file_memory = 1000;
        options_.limits.multipart_body = 200'000;
        options_.limits.form_body = 5000;
        app_.post("/fields", [](form<"a", std::optional<std::string>> a, form<"n", int, def(7), ge(1)> n,
                                form<"all", std::vector<int>, def_empty> all) {
            return json{{"a", a->value_or("none")}, {"n", *n}, {"all", *all}};
        });
        app_.post("/file", [](file<"file"> f) -> task<json> {
            auto const content = co_await f->read_all();
            co_return json{
                {"name", f->filename()}, {"size", f->size()}, {"same", content == file_of(f->size())}};
        });
        app_.post("/files",
                  [](files<"files", std::vector<upload_file>, def_empty> all) { return all->size(); });
        app_.post("/bounded",
                  [](files<"files", std::vector<upload_file>, max_length(1)> all) { return all->size(); });
        app_.post("/small", [](file<"file"> f) { return f->size(); }).max_file_size(3000).max_files(1);
        app_.post("/text-and-model",
                  [](file<"title", std::string>, form_model<titled> t) { return t->title; });
        app_.post("/text-and-field",
                  [](file<"title", std::string>, form<"title", std::string> t) { return *t; });
        app_.post("/text-and-list",
                  [](file<"title", std::string>, form<"title", std::vector<std::string>> t) { return *t; });
        app_.post("/photo", [](form_model<photo> p) {
            return json{{"title", p->title},
                        {"picture", p->picture.read_all_blocking()},
                        {"others", p->others.size()},
                        {"year", p->year.value_or(0)},
                        {"place", p->place.value()}};
        });
    }

    /// Has a file stored, so that the pools' threads are there, and waits until one of them has closed it,
    /// which comes after the answer.
    std::size_t descriptors_after_a_file()
    {
        client().post("/file", test_form().file("file", "f", file_of(500))); // in memory; the loop is there
        auto const without = test::descriptor_count();
        EXPECT_EQ(client().post("/file", test_form().file("file", "f", file_of(5000))).status, 200);
        auto const end = std::chrono::steady_clock::now() + std::chrono::seconds{5};
        while (test::descriptor_count() != without && std::chrono::steady_clock::now() < end)
            std::this_thread::yield();
        EXPECT_EQ(test::descriptor_count(), without);
        return without;
    }
    test_client& client()
    {
        if (!client_) client_.emplace(app_, options_);
        return *client_;
    }

    test_response multipart(std::string_view target, std::string body, std::string_view boundary = "B")
    {
        return client().post(target, std::move(body),
                             "multipart/form-data; boundary=" + std::string{boundary});
    }
    test_response urlencoded(std::string_view target, std::string body)
    {
        return client().post(target, std::move(body), "application/x-www-form-urlencoded");
    }

    app app_;
    settings options_ = test_client::default_settings();

private:
    std::optional<test_client> client_;
};

TEST_F(form_reader, takes_fields_of_both_media_types)
{
    constexpr std::string_view expected = R"({"a":"x y","n":3,"all":[1]})";
    EXPECT_EQ(client().post("/fields", test_form().field("a", "x y").field("n", "3").field("all", "1")).body,
              expected);
    EXPECT_EQ(urlencoded("/fields", "a=x+y&n=3&all=1").body, expected);
}

TEST_F(form_reader, takes_all_of_a_list_and_the_last_of_a_scalar)
{
    EXPECT_EQ(urlencoded("/fields", "all=1&all=2&all=3").body, R"({"a":"none","n":7,"all":[1,2,3]})");
    EXPECT_EQ(urlencoded("/fields", "n=1&n=2").body, R"({"a":"none","n":2,"all":[]})");
}

TEST_F(form_reader, takes_an_empty_field_for_absent)
{
    EXPECT_EQ(urlencoded("/fields", "a=&n=").body, R"({"a":"none","n":7,"all":[]})");
    EXPECT_EQ(client().post("/fields", test_form().field("a", "").field("n", "")).body,
              R"({"a":"none","n":7,"all":[]})");
}

TEST_F(form_reader, gives_utf8_whatever_bytes_a_field_has)
{
    constexpr std::string_view expected = "{\"a\":\"x\xef\xbf\xbdy\",\"n\":7,\"all\":[]}";
    EXPECT_EQ(client().post("/fields", test_form().field("a", "x\xffy")).body, expected);
    EXPECT_EQ(urlencoded("/fields", "a=x%FFy").body, expected);
    auto const refused = client().post("/fields", test_form().field("n", "\xc3"));
    EXPECT_EQ(refused.status, 422);
    EXPECT_NE(refused.body.find("\"input\":\"\xef\xbf\xbd\""), std::string::npos) << refused.body;
}

TEST_F(form_reader, checks_constraints)
{
    EXPECT_EQ(urlencoded("/fields", "n=0").body,
              R"({"detail":[{"type":"greater_than_equal","loc":["body","n"],"msg":"Input should be greater )"
              R"(than or equal to 1","input":"0","ctx":{"ge":1}}]})");
    auto const two = client().post("/bounded", test_form().file("files", "a", "1").file("files", "b", "2"));
    EXPECT_EQ(two.status, 422);
    EXPECT_NE(two.body.find(R"("type":"too_long","loc":["body","files"])"), std::string::npos) << two.body;
}

TEST_F(form_reader, takes_another_media_type_for_a_form_without_fields)
{
    EXPECT_EQ(client().post("/fields", "a=b", "text/plain").body, R"({"a":"none","n":7,"all":[]})");
    EXPECT_EQ(client().request("POST", "/fields").body, R"({"a":"none","n":7,"all":[]})");
    EXPECT_EQ(client().post("/file", "{}", "application/json").body,
              R"({"detail":[{"type":"missing","loc":["body","file"],"msg":"Field required","input":null}]})");
}

TEST_F(form_reader, keeps_files_of_every_size_intact)
{
    for (std::size_t const size : {0U, 1U, 999U, 1000U, 1001U, 65'535U, 65'536U, 150'000U}) {
        auto const got = client().post("/file", test_form().file("file", "f.txt", file_of(size)));
        EXPECT_EQ(got.body, json({{"name", "f.txt"}, {"size", size}, {"same", true}}).dump());
    }
}

TEST_F(form_reader, takes_a_file_input_without_a_choice_for_absent)
{
    EXPECT_EQ(client().post("/file", test_form().file("file", "", "")).status, 422);
    EXPECT_EQ(client().post("/files", test_form().file("files", "", "")).body, "0");
    EXPECT_EQ(client().post("/files", test_form().file("files", "", "").file("files", "a", "")).body, "1");
    EXPECT_EQ(client().post("/files", test_form().field("files", "")).status, 422) << "text is no file";
    EXPECT_EQ(client().post("/file", test_form().file("file", "", "x")).body,
              R"({"name":"file","size":1,"same":false})");
}

TEST_F(form_reader, bounds_the_number_of_files_and_fields)
{
    test_form files;
    files.file("files", "1", "").file("files", "2", "");
    EXPECT_EQ(client().post("/files", files).body, "2");
    auto const refused = client().post("/files", files.file("files", "3", ""));
    EXPECT_EQ(refused.status, 400);
    EXPECT_EQ(refused.body, R"({"detail":"Too many files. Maximum number of files is 2."})");
    EXPECT_EQ(client().post("/small", test_form().file("file", "1", "").file("file", "2", "")).body,
              R"({"detail":"Too many files. Maximum number of files is 1."})");

    constexpr std::string_view too_many = R"({"detail":"Too many fields. Maximum number of fields is 3."})";
    test_form fields;
    fields.field("x", "1").field("x", "2").field("x", "3");
    EXPECT_EQ(client().post("/fields", fields).status, 200);
    EXPECT_EQ(client().post("/fields", fields.field("x", "4")).body, too_many);
    auto const encoded = urlencoded("/fields", "x=1&x=2&x=3&x=4");
    EXPECT_EQ(encoded.status, 400);
    EXPECT_EQ(encoded.body, too_many);
}

TEST_F(form_reader, bounds_the_size_of_fields_files_and_bodies)
{
    std::string const fits(2048, 'x');
    std::string const large(2049, 'x');
    EXPECT_EQ(client().post("/fields", test_form().field("a", fits)).status, 200);
    auto const part = client().post("/fields", test_form().field("a", large));
    EXPECT_EQ(part.status, 413);
    EXPECT_EQ(part.body, R"({"detail":"Part exceeded maximum size of 2KB."})");
    EXPECT_EQ(urlencoded("/fields", "a=" + fits).status, 200);
    auto const field = urlencoded("/fields", "a=" + large);
    EXPECT_EQ(field.status, 413);
    EXPECT_EQ(field.body, R"({"detail":"Field exceeded maximum size of 2KB."})");

    auto const text =
        client().post("/fields", test_form().field("x", fits).field("y", fits).field("z", fits));
    EXPECT_EQ(text.status, 413);
    EXPECT_EQ(text.body, R"({"detail":"Fields exceeded maximum size of 4KB."})");

    EXPECT_EQ(client().post("/small", test_form().file("file", "f", file_of(3000))).body, "3000");
    auto const file = client().post("/small", test_form().file("file", "f", file_of(3001)));
    EXPECT_EQ(file.status, 413);
    EXPECT_EQ(file.body, R"({"detail":"File exceeded maximum size of 3000 bytes."})");

    EXPECT_EQ(urlencoded("/fields", "a=" + fits + "&" + std::string(3000, '&')).status, 413);
    EXPECT_EQ(client().post("/file", test_form().file("file", "f", file_of(200'000))).status, 413);
}

TEST_F(form_reader, does_not_hold_more_of_an_urlencoded_form_for_a_larger_max_body)
{
    app_.post("/large", [](form<"a", std::string> a) { return a->size(); }).max_body(1'000'000'000);
    EXPECT_EQ(urlencoded("/large", "a=1&" + std::string(5000, '&')).status, 413);
}

TEST_F(form_reader, takes_a_file_that_comes_byte_by_byte_in_chunks)
{
    auto const form = test_form().file("file", "f", file_of(3000));
    std::string request =
        "POST /file HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n"
        "Content-Type: " +
        form.content_type() + "\r\n\r\n";
    for (char const c : form.body())
        request.append("1\r\n").append(1, c).append("\r\n");
    auto const answer = client().raw(request + "0\r\n\r\n");
    EXPECT_NE(answer.find(R"({"name":"f","size":3000,"same":true})"), std::string::npos) << answer;
}

TEST_F(form_reader, cannot_share_the_body_with_read_body)
{
    app_.post("/both", [](form<"a", int>) { return 1; }).read_body();
    EXPECT_THROW(client(), std::invalid_argument);
}

TEST_F(form_reader, refuses_malformed_forms)
{
    constexpr std::string_view unreadable = R"({"detail":"There was an error parsing the body"})";
    EXPECT_EQ(multipart("/file", "garbage").body, unreadable);
    EXPECT_EQ(multipart("/file", "").body, unreadable);
    EXPECT_EQ(
        multipart("/file", "--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nabc")
            .body,
        unreadable);
    auto const nameless = multipart("/file", "--B\r\nX: y\r\n\r\nabc\r\n--B--\r\n");
    EXPECT_EQ(nameless.status, 400);
    EXPECT_EQ(detail_of(nameless), R"("The Content-Disposition header field \"name\" must be provided.")");
    auto const unbounded = client().post("/file", "x", "multipart/form-data");
    EXPECT_EQ(unbounded.status, 400);
    EXPECT_EQ(detail_of(unbounded), R"("Missing boundary in multipart.")");
    EXPECT_EQ(multipart("/file", "x", std::string(71, 'b')).status, 400);
}

TEST_F(form_reader, fills_a_model_with_fields_and_files)
{
    auto const got = client().post("/photo", test_form()
                                                 .field("title", "Trees")
                                                 .file("picture", "t.png", "pixels")
                                                 .file("others", "u.png", "more"));
    EXPECT_EQ(got.body, R"({"title":"Trees","picture":"pixels","others":1,"year":0,"place":"here"})");
}

TEST_F(form_reader, reports_all_errors_of_a_model)
{
    auto const got =
        client().post("/photo", test_form().field("title", "T").field("picture", "text").field("year", ""));
    EXPECT_EQ(got.status, 422);
    EXPECT_EQ(
        got.body,
        R"({"detail":[{"type":"string_too_short","loc":["body","title"],"msg":"String should have at least 2 )"
        R"(characters","input":"T","ctx":{"min_length":2}},{"type":"value_error","loc":["body","picture"],)"
        R"("msg":"Value error, Expected UploadFile, received: <class 'str'>","input":"text","ctx":{"error":{}}},)"
        R"({"type":"missing","loc":["body","others"],"msg":"Field required","input":{"title":"T",)"
        R"("picture":"text","place":"here"}}]})");
}

TEST_F(form_reader, takes_no_file_for_text_though_it_be_in_memory)
{
    auto const refused = [&](std::string_view target) {
        auto const got = client().post(target, test_form().file("title", "name.txt", "content"));
        EXPECT_EQ(got.status, 422) << got.body;
        return got.body;
    };
    constexpr std::string_view expected =
        R"({"detail":[{"type":"string_type","loc":["body","title"],"msg":"Input should be a valid string",)"
        R"("input":"name.txt"}]})";
    EXPECT_EQ(refused("/text-and-model"), expected);
    EXPECT_EQ(refused("/text-and-field"), expected);
    EXPECT_EQ(refused("/text-and-list"), R"({"detail":[{"type":"string_type","loc":["body","title",0],)"
                                         R"("msg":"Input should be a valid string","input":"name.txt"}]})");
}

TEST_F(form_reader, leaves_no_descriptor_behind)
{
    auto const form = test_form().file("file", "f", file_of(50'000));
    EXPECT_EQ(client().post("/file", form).status, 200);
    auto const before = test::descriptor_count();
    for (int i = 0; i != 20; ++i) {
        EXPECT_EQ(client().post("/file", form).status, 200);
        EXPECT_EQ(client().post("/small", form).status, 413);
        EXPECT_EQ(multipart("/file", form.body().substr(0, 30'000), "----serval-test-form").status, 400);
    }
    client().raw("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"); // after what has been refused
    EXPECT_LE(test::descriptor_count(), before);
}

constexpr std::size_t held_file = 20'000;

/// Files that would stay in memory alone, and that are no small ones.
test_form form_with(std::size_t files)
{
    test_form made;
    for (std::size_t i = 0; i != files; ++i)
        made.file("files", "f" + std::to_string(i), file_of(held_file));
    return made;
}

/// What handlers have been given, kept beyond their requests.
class forms_in_memory : public form_reader {
protected:
    forms_in_memory()
    {
        options_.limits.form_files = 100;
        options_.limits.file_memory = held_file;
        options_.limits.multipart_body = 1'000'000;
        app_.post("/keep", [this](files<"files", std::vector<upload_file>> all) {
            kept_.insert(kept_.end(), all->begin(), all->end());
            return 1;
        });
    }
    ~forms_in_memory() override
    {
        for (auto& one : kept_)
            EXPECT_EQ(one.read_all_blocking(), file_of(held_file));
    }

    /// How many of `files` in a form have gone to the disk.
    std::size_t on_disk(std::size_t files)
    {
        client().post("/file", test_form().file("file", "f", file_of(500))); // its own descriptors are there
        auto const before = test::descriptor_count();
        EXPECT_EQ(client().post("/keep", form_with(files)).status, 200);
        return test::descriptor_count() - before;
    }

    std::vector<upload_file> kept_;
};

TEST_F(forms_in_memory, hold_so_much_and_have_the_rest_on_the_disk)
{
    options_.limits.form_memory = 111'000;
    EXPECT_EQ(on_disk(5), 0U);
    EXPECT_EQ(on_disk(25), 20U);
    EXPECT_EQ(on_disk(6), 1U) << "each form anew";
}

TEST_F(forms_in_memory, share_what_the_server_has)
{
    options_.limits.form_memory = 111'000;
    options_.limits.form_memory_total = 155'000;
    EXPECT_EQ(on_disk(5), 0U);
    EXPECT_EQ(on_disk(5), 3U);
    EXPECT_EQ(on_disk(5), 5U);
    kept_.erase(kept_.begin(), kept_.begin() + 3); // as long as the files live
    EXPECT_EQ(on_disk(5), 2U);
}

TEST_F(forms_in_memory, give_it_back_however_they_end)
{
    options_.limits.form_memory_total = 65'000;
    auto const form = form_with(3);
    app_.post("/fails",
              [](files<"files", std::vector<upload_file>>) -> int { throw std::runtime_error("x"); });
    for (int i = 0; i != 3; ++i) {
        EXPECT_EQ(client().post("/fails", form).status, 500);
        EXPECT_EQ(client().post("/bounded", form).status, 422);
        EXPECT_EQ(multipart("/keep", form.body().substr(0, 55'000), "----serval-test-form").status, 400);
        EXPECT_EQ(client().post("/text", form).status, 404);
    }
    EXPECT_EQ(on_disk(3), 0U);
}

TEST_F(forms_in_memory, count_what_stays_there_whatever_the_count)
{
    options_.limits.form_memory = 45'000;
    app_.post("/bytes", [this](file<"f", std::string> f, files<"files", std::vector<upload_file>> all) {
        kept_ = *all;
        return f->size();
    });
    auto const before = descriptors_after_a_file();
    auto const got = client().post("/bytes", test_form()
                                                 .file("f", "a", file_of(50'000))
                                                 .file("files", "b", file_of(held_file))
                                                 .file("files", "c", file_of(held_file)));
    EXPECT_EQ(got.body, "50000");
    EXPECT_EQ(test::descriptor_count(), before + 2);
    kept_.clear();
}

TEST_F(forms_in_memory, take_no_descriptor_for_a_small_file)
{
    options_.limits.form_memory = 0;
    options_.limits.form_memory_total = 0;
    test_form form;
    for (int i = 0; i != 100; ++i)
        form.file("files", "f", file_of(100));
    std::size_t descriptors = 0;
    app_.post("/look", [&descriptors](files<"files", std::vector<upload_file>> all) {
        descriptors = test::descriptor_count();
        return all->size();
    });
    client().post("/file", test_form().file("file", "f", file_of(500))); // its own descriptors are there
    auto const before = test::descriptor_count();
    EXPECT_EQ(client().post("/look", form).body, "100");
    EXPECT_EQ(descriptors, before);
}

TEST_F(form_reader, answers_503_when_descriptors_have_run_out)
{
    if (test::under_sanitizer()) GTEST_SKIP() << "UBSan needs descriptors to look at objects";
    auto const form = test_form().file("file", "f", file_of(2000));
    descriptors_after_a_file();
    test::no_descriptors const none;
    auto const got = client().post("/file", form);
    EXPECT_EQ(got.status, 503);
    EXPECT_EQ(got.header("retry-after"), "1");
}

TEST_F(form_reader, answers_507_when_the_disk_does_not_take_a_file)
{
    options_.temporary_directory = "/nonexistent/for/serval";
    auto const got = client().post("/file", test_form().file("file", "f", file_of(2000)));
    EXPECT_EQ(got.status, 507);
    EXPECT_EQ(got.body, R"({"detail":"Insufficient Storage"})");
    EXPECT_EQ(client().post("/file", test_form().file("file", "f", file_of(500))).status, 200)
        << "a small file needs no disk";
}

TEST_F(form_reader, keeps_a_file_readable_after_its_request)
{
    std::optional<upload_file> kept;
    app_.post("/keep", [&kept](file<"file"> f) { kept = *f; });
    EXPECT_EQ(client().post("/keep", test_form().file("file", "f", file_of(5000))).status, 200);
    ASSERT_TRUE(kept);
    EXPECT_EQ(kept->read_all_blocking(), file_of(5000));
}

TEST_F(form_reader, gives_the_whole_content_to_bytes_and_text)
{
    app_.post("/text", [](file<"f", std::string> f) { return f->size(); });
    app_.post("/bytes", [](file<"f", std::vector<std::byte>> f) { return f->size(); });
    app_.post("/maybe", [](file<"f", std::optional<std::string>> f) { return f->value_or("none"); });
    // More than file_memory: it stays in memory all the same.
    EXPECT_EQ(client().post("/text", test_form().file("f", "a", file_of(50'000))).body, "50000");
    EXPECT_EQ(client().post("/bytes", test_form().file("f", "a", std::string("a\0\xff", 3))).body, "3");
    EXPECT_EQ(client().post("/text", test_form().field("f", "abc")).body, "3");
    EXPECT_EQ(urlencoded("/text", "f=abc&f=de").body, "2");
    EXPECT_EQ(client().post("/text", test_form().file("f", "empty", "")).body, "0");
    EXPECT_EQ(client().post("/maybe", test_form().file("f", "a", "x")).body, "x");
    EXPECT_EQ(client().post("/maybe", test_form().field("f", "")).body, "none");
    EXPECT_EQ(detail_of(client().post("/text", test_form().file("other", "a", "x"))),
              R"([{"type":"missing","loc":["body","f"],"msg":"Field required","input":null}])");
}

TEST_F(form_reader, bounds_files_that_stay_in_memory)
{
    app_.post("/text", [](file<"f", std::string> f) { return f->size(); }).max_file_size(3000);
    EXPECT_EQ(client().post("/text", test_form().file("f", "a", file_of(3000))).status, 200);
    EXPECT_EQ(client().post("/text", test_form().file("f", "a", file_of(3001))).status, 413);
}

TEST_F(form_reader, refuses_one_file_as_text_and_as_an_upload)
{
    EXPECT_THROW(app_.post("/both", [](file<"f", std::string>, file<"f">) { return 1; }),
                 std::invalid_argument);
    app_.post("/twice", [](file<"f", std::string> a, file<"f", std::vector<std::byte>> b) {
        return a->size() + b->size();
    });
    EXPECT_EQ(client().post("/twice", test_form().file("f", "a", "xy")).body, "4");
}

} // namespace
} // namespace serval
