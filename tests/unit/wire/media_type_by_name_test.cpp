#include "wire/media_type_by_name.hpp"

#include <gtest/gtest.h>

#include <string>

namespace serval::wire {

namespace {
constexpr std::string_view unknown = "application/octet-stream";
} // namespace

TEST(media_type_by_name, goes_by_the_extension)
{
    EXPECT_EQ(media_type_by_name("page.html"), "text/html; charset=utf-8");
    EXPECT_EQ(media_type_by_name("app.js"), "text/javascript; charset=utf-8");
    EXPECT_EQ(media_type_by_name("data.json"), "application/json");
    EXPECT_EQ(media_type_by_name("film.webm"), "video/webm");
    EXPECT_EQ(media_type_by_name("font.woff2"), "font/woff2");
    EXPECT_EQ(media_type_by_name("3.7z"), "application/x-7z-compressed");
    EXPECT_EQ(media_type_by_name("a.zst"), "application/zstd");
    EXPECT_EQ(media_type_by_name("report.docx"),
              "application/vnd.openxmlformats-officedocument.wordprocessingml.document");
}

TEST(media_type_by_name, ignores_the_case_of_the_extension)
{
    EXPECT_EQ(media_type_by_name("PHOTO.JPG"), "image/jpeg");
    EXPECT_EQ(media_type_by_name("a.WebManifest"), "application/manifest+json");
}

TEST(media_type_by_name, looks_at_the_last_extension_of_the_last_component)
{
    EXPECT_EQ(media_type_by_name("/srv/www.d/a.b.png"), "image/png");
    EXPECT_EQ(media_type_by_name("a.tar.gz"), "application/gzip");
    EXPECT_EQ(media_type_by_name("/srv/site.html/README"), unknown);
}

TEST(media_type_by_name, gives_octet_stream_for_what_it_does_not_know)
{
    for (std::string_view const name : {"", "a", "a.", ".", "..", ".json", "...json", "dir/.html",
                                        "a.nothing", "a.htm l", "a.aaaaaaaaaaaaaaaaaaaaaaaaaaa"}) {
        EXPECT_EQ(media_type_by_name(name), unknown) << name;
    }
    EXPECT_EQ(media_type_by_name(std::string_view{"a.html\0", 7}), unknown);
    EXPECT_EQ(media_type_by_name("a." + std::string(100'000, 'x')), unknown);
}

} // namespace serval::wire
