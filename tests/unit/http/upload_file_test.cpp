#include "file_loop.hpp"
#include "http/upload_spool.hpp"
#include "support/process_facts.hpp"
#include "support/scratch.hpp"

#include <serval/upload_file.hpp>

#include <gtest/gtest.h>

#include <optional>
#include <stdexcept>
#include <string>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace serval {
namespace {

using names = std::vector<std::string>;

std::string letters(std::size_t n)
{
    std::string text(n, ' ');
    for (std::size_t i = 0; i != n; ++i)
        text[i] = static_cast<char>('a' + i * i % 26);
    return text;
}

enum class place { memory, disk };

class upload_file_in : public testing::TestWithParam<place> {
protected:
    upload_file make(std::string const& content, std::string raw_name = "f.txt")
    {
        http::upload_spool spool{spools_.text(), GetParam() == place::memory ? content.size() : 0};
        loop_.run(spool.append(content));
        EXPECT_EQ(spool.on_disk(), GetParam() == place::disk && !content.empty());
        std::vector<header_field> fields;
        fields.emplace_back("content-disposition", "form-data; name=\"f\"");
        fields.emplace_back("x-odd", "\x01\xFF");
        return spool.finish(std::move(raw_name), "text/plain", std::move(fields));
    }

    template <class Call>
    static int status_of(Call call)
    {
        try {
            call();
        } catch (storage_error const& error) {
            return error.status();
        }
        return 0;
    }

    test::file_loop loop_;
    test::temp_directory spools_;
    test::temp_directory directory_;
};

TEST_P(upload_file_in, tells_what_the_client_said)
{
    auto const upload = make("12345", "../../e\x01vil.txt");
    EXPECT_EQ(upload.filename(), "evil.txt");
    EXPECT_EQ(upload.raw_filename(), "../../e\x01vil.txt");
    EXPECT_EQ(upload.content_type(), "text/plain");
    EXPECT_EQ(upload.size(), 5U);
    ASSERT_EQ(upload.headers().size(), 2U);
    EXPECT_EQ(upload.headers()[1].name, "x-odd");
    EXPECT_EQ(upload.headers()[1].value, "\x01\xFF");
}

TEST_P(upload_file_in, reads_from_its_position)
{
    auto upload = make("0123456789");
    EXPECT_EQ(loop_.run(upload.read(4)), "0123");
    EXPECT_EQ(upload.tell(), 4U);
    EXPECT_EQ(loop_.run(upload.read(4)), "4567");
    EXPECT_EQ(loop_.run(upload.read(4)), "89");
    EXPECT_EQ(loop_.run(upload.read(4)), "");
    upload.seek(7);
    EXPECT_EQ(loop_.run(upload.read_all()), "789");
    EXPECT_EQ(loop_.run(upload.read_all()), "");
    EXPECT_EQ(upload.tell(), 10U);
    upload.seek(1'000);
    EXPECT_EQ(loop_.run(upload.read(1)), "");
    EXPECT_EQ(loop_.run(upload.read_all()), "");
    EXPECT_EQ(upload.tell(), 1'000U);
    upload.seek(0);
    EXPECT_EQ(loop_.run(upload.read(0)), "");
    EXPECT_EQ(loop_.run(upload.read_all()), "0123456789");
}

TEST_P(upload_file_in, reads_the_same_without_a_coroutine)
{
    auto upload = make("0123456789");
    EXPECT_EQ(upload.read_blocking(4), "0123");
    EXPECT_EQ(upload.read_all_blocking(), "456789");
    EXPECT_EQ(upload.read_blocking(1), "");
    upload.seek(9);
    EXPECT_EQ(upload.read_blocking(static_cast<std::size_t>(-1)), "9");
    upload.seek(static_cast<std::uint64_t>(-1));
    EXPECT_EQ(upload.read_all_blocking(), "");
}

TEST_P(upload_file_in, gives_each_copy_a_position_of_its_own)
{
    auto first = make("0123456789");
    first.seek(2);
    auto second = first;
    EXPECT_EQ(loop_.run(first.read(3)), "234");
    EXPECT_EQ(loop_.run(second.read(2)), "23");
    auto const moved = std::move(second);
    EXPECT_EQ(second.size(), 10U); // NOLINT(bugprone-use-after-move): moving copies
}

TEST_P(upload_file_in, reads_pieces_that_were_asked_for_before_each_was_there)
{
    auto upload = make("0123456789");
    auto first = upload.read(3);
    auto second = upload.read(3);
    EXPECT_EQ(loop_.run(std::move(second)), "345");
    EXPECT_EQ(loop_.run(std::move(first)), "012");
}

TEST_P(upload_file_in, keeps_the_content_for_a_task_that_outlives_the_handle)
{
    auto const before = test::descriptor_count();
    {
        std::optional<upload_file> upload{make("0123456789")};
        auto read = upload->read(5);
        auto save = upload->save_in(directory_.path());
        upload.reset();
        EXPECT_EQ(loop_.run(std::move(read)), "01234");
        EXPECT_EQ(loop_.run(std::move(save)), directory_.path() / "f.txt");
    }
    EXPECT_EQ(directory_.content("f.txt"), "0123456789");
    EXPECT_EQ(test::descriptor_count(), before);
    EXPECT_TRUE(spools_.names().empty());
}

TEST_P(upload_file_in, saves_at_a_path)
{
    auto const content = letters(300'000);
    auto const upload = make(content);
    auto const path = directory_.path() / "saved.bin";
    EXPECT_EQ(loop_.run(upload.save_to(path)), path);
    EXPECT_EQ(directory_.content("saved.bin"), content);
    std::filesystem::remove(path); // not written to in place: it may be the upload's own
    directory_.write("saved.bin", "other");
    EXPECT_EQ(loop_.run(upload.save_to(path)), path) << "replaces";
    EXPECT_EQ(directory_.content("saved.bin"), content);
    EXPECT_EQ(loop_.run(upload.save_to(path, if_exists::number)), directory_.path() / "saved (1).bin");
    EXPECT_EQ(status_of([&] { loop_.run(upload.save_to(path, if_exists::fail)); }), 409);
    EXPECT_EQ(upload.save_to_blocking(path), path);
    EXPECT_EQ(status_of([&] { upload.save_to_blocking(path, if_exists::fail); }), 409);
    EXPECT_EQ(directory_.names(), (names{"saved (1).bin", "saved.bin"}));
}

TEST_P(upload_file_in, saves_in_a_directory_under_its_own_name)
{
    auto const upload = make("content", "..\\..\\up.txt");
    EXPECT_EQ(loop_.run(upload.save_in(directory_.path())), directory_.path() / "up.txt");
    EXPECT_EQ(loop_.run(upload.save_in(directory_.path())), directory_.path() / "up (1).txt");
    EXPECT_EQ(upload.save_in_blocking(directory_.path()), directory_.path() / "up (2).txt");
    EXPECT_EQ(loop_.run(upload.save_in(directory_.path(), "mine")), directory_.path() / "mine");
    EXPECT_EQ(upload.save_in_blocking(directory_.path(), "mine", if_exists::replace),
              directory_.path() / "mine");
    EXPECT_EQ(directory_.names(), (names{"mine", "up (1).txt", "up (2).txt", "up.txt"}));
    for (auto const& name : directory_.names())
        EXPECT_EQ(directory_.content(name), "content");
}

TEST_P(upload_file_in, makes_saves_that_do_not_change_with_each_other)
{
    auto upload = make("content");
    upload.save_in_blocking(directory_.path(), "a");
    upload.save_in_blocking(directory_.path(), "b");
    directory_.write("b", "changed");
    EXPECT_EQ(directory_.content("a"), "content");
    EXPECT_EQ(upload.read_all_blocking(), "content");
}

TEST_P(upload_file_in, refuses_names_that_lead_elsewhere)
{
    auto const upload = make("content", "../up.txt");
    for (auto const* name : {"../x", "/etc/x", "a/b", ".", ".."}) {
        EXPECT_THROW(loop_.run(upload.save_in(directory_.path(), name)), std::invalid_argument) << name;
        EXPECT_THROW(upload.save_in_blocking(directory_.path(), name), std::invalid_argument) << name;
    }
    EXPECT_THROW(loop_.run(upload.save_in(directory_.path(), upload.raw_filename())), std::invalid_argument);
    EXPECT_THROW(loop_.run(upload.save_to(directory_.path() / "")), std::invalid_argument);
    EXPECT_THROW(loop_.run(upload.save_to(directory_.path() / "..")), std::invalid_argument);
    EXPECT_THROW(loop_.run(upload.save_to("")), std::invalid_argument);
    EXPECT_TRUE(directory_.names().empty());
}

TEST_P(upload_file_in, takes_a_path_of_one_component_for_the_working_directory)
{
    auto const upload = make("content");
    auto const before = std::filesystem::current_path();
    std::filesystem::current_path(directory_.path());
    EXPECT_EQ(upload.save_to_blocking("plain"), "plain");
    std::filesystem::current_path(before);
    EXPECT_EQ(directory_.content("plain"), "content");
}

TEST_P(upload_file_in, fails_with_507_where_it_cannot_save)
{
    auto const upload = make("content");
    auto const before = test::descriptor_count();
    EXPECT_EQ(status_of([&] { loop_.run(upload.save_in(directory_.path() / "none")); }), 507);
    EXPECT_EQ(status_of([&] { upload.save_in_blocking("/proc/self"); }), 507);
    EXPECT_EQ(test::descriptor_count(), before);
}

TEST_P(upload_file_in, fails_with_507_on_a_full_disk)
{
    test::small_disk const disk;
    if (!disk) GTEST_SKIP() << "may not mount a file system";
    auto const upload = make(letters(2 * 1024 * 1024));
    EXPECT_EQ(status_of([&] { loop_.run(upload.save_in(disk.directory().path())); }), 507);
    EXPECT_TRUE(disk.directory().names().empty());
    EXPECT_EQ(disk.used(), 0U);
}

INSTANTIATE_TEST_SUITE_P(, upload_file_in, testing::Values(place::memory, place::disk),
                         [](auto const& one) { return one.param == place::memory ? "memory" : "disk"; });

TEST(upload_file, is_empty_and_has_a_name_by_default)
{
    upload_file upload;
    EXPECT_EQ(upload.filename(), "file");
    EXPECT_EQ(upload.raw_filename(), "");
    EXPECT_EQ(upload.content_type(), "");
    EXPECT_EQ(upload.size(), 0U);
    EXPECT_TRUE(upload.headers().empty());
    EXPECT_EQ(upload.read_all_blocking(), "");
    test::temp_directory const directory;
    EXPECT_EQ(upload.save_in_blocking(directory.path()), directory.path() / "file");
    EXPECT_EQ(directory.names(), names{"file"});
}

// A handle and content in memory need no server: nothing hops to a pool.
TEST(upload_file, reads_memory_on_any_loop)
{
    upload_file upload;
    boost::asio::io_context context;
    std::string text = "not read";
    auto const coroutine = [&]() -> task<void> { text = co_await upload.read_all(); };
    boost::asio::co_spawn(context, coroutine(), [](std::exception_ptr error) { EXPECT_FALSE(error); });
    context.run();
    EXPECT_EQ(text, "");
}

TEST(upload_file, fails_with_507_when_its_saved_file_was_cut)
{
    test::temp_directory const directory;
    test::file_loop loop;
    http::upload_spool spool{directory.text(), 0};
    loop.run(spool.append("content"));
    auto upload = spool.finish("f", {}, {});
    loop.run(upload.save_in(directory.path(), "a"));
    directory.write("a", "cut");
    try {
        loop.run(upload.read_all());
        ADD_FAILURE() << "nothing was thrown";
    } catch (storage_error const& error) {
        EXPECT_EQ(error.status(), 507);
        EXPECT_EQ(error.code(), std::errc::io_error);
    }
}

} // namespace
} // namespace serval
