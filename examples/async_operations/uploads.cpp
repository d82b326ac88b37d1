#include "async_operations/uploads.hpp"

#include "async_operations/elapsed.hpp"
#include "async_operations/python_time.hpp"
#include "async_operations/upload_directory.hpp"

#include <serval/json.hpp>
#include <serval/serval.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace async_operations {

namespace {

using namespace serval::params;
using directory = std::shared_ptr<upload_directory>;

struct file_upload_response {
    std::string filename;
    std::string content_type;
    std::uint64_t size_bytes = 0;
    std::string saved_to;
    double upload_time_ms = 0;
};

struct uploaded_file {
    std::string filename;
    std::uint64_t size_bytes = 0;
    std::string content_type;
};

struct files_upload_response {
    std::size_t files_uploaded = 0;
    std::uint64_t total_size_bytes = 0;
    double upload_time_ms = 0;
    std::vector<uploaded_file> files;
};

struct process_response {
    std::string message;
    std::string filename;
    std::uint64_t size_bytes = 0;
    std::string status;
};

/// Saves under the client's name, made safe, in the place of an older file: as the notebook does.
serval::task<std::string> save(directory where, serval::upload_file file)
{
    co_await serval::run_in_threadpool(&upload_directory::clean, where.get());
    co_return co_await file.save_in(where->path(), file.filename(), serval::if_exists::replace);
}

serval::task<file_upload_response> save_one(directory where, serval::upload_file file)
{
    auto const start = steady_clock::now();
    auto const path = co_await save(where, file);
    co_return file_upload_response{file.filename(), file.content_type(), file.size(), path,
                                   elapsed_ms(start)};
}

serval::task<files_upload_response> save_all(directory where, std::vector<serval::upload_file> files)
{
    auto const start = steady_clock::now();
    files_upload_response result;
    for (auto const& file : files) {
        co_await save(where, file);
        result.total_size_bytes += file.size();
        result.files.push_back({file.filename(), file.size(), file.content_type()});
    }
    result.files_uploaded = result.files.size();
    result.upload_time_ms = elapsed_ms(start);
    co_return result;
}

/// Python's `[t.strip() for t in tags.split(",") if t.strip()]`, for ASCII white space.
std::vector<std::string> split_tags(std::string_view tags)
{
    constexpr std::string_view blanks = " \t\n\v\f\r\x1c\x1d\x1e\x1f";
    std::vector<std::string> found;
    for (;;) {
        auto const comma = tags.find(',');
        auto tag = tags.substr(0, comma);
        if (auto const first = tag.find_first_not_of(blanks); first != std::string_view::npos) {
            tag = tag.substr(first, tag.find_last_not_of(blanks) + 1 - first);
            found.emplace_back(tag);
        }
        if (comma == std::string_view::npos) return found;
        tags.remove_prefix(comma + 1);
    }
}

/// "name.json", of at most 255 bytes.
std::string metadata_name(std::string name)
{
    constexpr std::size_t most = 255 - 5;
    if (name.size() > most) {
        auto end = most;
        while (end > 0 && (static_cast<unsigned char>(name[end]) & 0xC0U) == 0x80U)
            --end; // not inside of a character
        name.resize(end);
    }
    return name + ".json";
}

serval::task<serval::json> save_with_metadata(directory where, serval::upload_file file,
                                              std::string description, std::string tags, std::string category)
{
    co_await save(where, file);
    serval::json metadata;
    metadata["filename"] = file.filename();
    metadata["description"] = std::move(description);
    metadata["tags"] = split_tags(tags);
    metadata["category"] = std::move(category);
    metadata["uploaded_at"] = now_isoformat();
    metadata["size_bytes"] = file.size();
    auto text = metadata.dump(2, ' ', true); // as json.dumps(indent=2): escaped to ASCII
    co_await serval::run_in_threadpool(&upload_directory::write, where.get(), metadata_name(file.filename()),
                                       std::move(text));
    co_return metadata;
}

serval::task<process_response> save_and_process(directory where, std::shared_ptr<task_log> log,
                                                serval::upload_file file, serval::background_tasks& tasks)
{
    auto path = co_await save(where, file);
    tasks.add(serval::task_options{}.name("process_file_in_background"), process_file_in_background,
              std::move(log), std::move(path), file.filename());
    co_return process_response{"File uploaded successfully", file.filename(), file.size(),
                               "processing in background"};
}

} // namespace

void add_uploads(serval::app& app, upload_options const& options, std::shared_ptr<task_log> const& log)
{
    auto const where = std::make_shared<upload_directory>(options.directory, options.max_age);
    app.on_startup([where] {
        where->create();
        where->clean();
    });
    app.post("/upload/file", [where](file<"file"> file) { return save_one(where, *file); })
        .name("upload_file")
        .description("Upload a single file")
        .max_body(max_upload);
    app.post("/upload/files", [where](files<"files"> files) { return save_all(where, *files); })
        .name("upload_multiple_files")
        .description("Upload multiple files")
        .max_body(max_upload);
    app.post("/upload/with-metadata",
             [where](file<"file"> file, form<"description", std::string> description,
                     form<"tags", std::string, def("")> tags, form<"category", std::string> category) {
                 return save_with_metadata(where, *file, *description, *tags, *category);
             })
        .name("upload_with_metadata")
        .description("Upload file with metadata")
        .max_body(max_upload);
    app.post("/upload/process",
             [where, log](file<"file"> file, serval::background_tasks& tasks) {
                 return save_and_process(where, log, *file, tasks);
             })
        .name("upload_and_process")
        .description("Upload file and process in background")
        .max_body(max_upload);
}

} // namespace async_operations
