#include "content.hpp"
#include "endpoints.hpp"

#include <chrono>
#include <utility>

namespace chaos {

namespace {

using serval::params::file;
using serval::params::form;
using std::chrono::milliseconds;

std::string summary(std::string_view note, std::string_view bytes)
{
    digest sum;
    sum.add(note);
    sum.add(bytes);
    return sum.text();
}

serval::task<std::string> take_form(id_parameter id, n_parameter, file<"upload"> upload,
                                    form<"note", std::string> note, transaction t)
{
    handler_scope scope(*id);
    std::string const bytes = co_await upload->read_all();
    t->use("a handler with a form");
    scope.done();
    co_return summary(*note, bytes);
}

std::string take_form_plain(id_parameter id, n_parameter, file<"upload"> upload,
                            form<"note", std::string> note, view v)
{
    handler_scope scope(*id);
    std::string const bytes = upload->read_all_blocking();
    v->use("a plain handler with a form");
    scope.done();
    return summary(*note, bytes);
}

serval::task<void> check_upload(task_ticket ticket, std::uint64_t id, serval::upload_file upload,
                                std::size_t size)
{
    ticket.begin();
    std::string const bytes = co_await upload.read_all();
    if (bytes != content(id, 1, size))
        ledger::current().fail("upload-changed", "the upload of request " + std::to_string(id) +
                                                     " is another in its background task");
    ticket.complete();
}

/// Keeps the file for a task.
serval::task<std::string> keep_form(id_parameter id, n_parameter n, file<"upload"> upload,
                                    form<"note", std::string> note, serval::background_tasks& tasks)
{
    handler_scope scope(*id);
    auto& record = scope.record().tasks[0];
    tasks.add(check_upload, task_ticket(record), std::uint64_t{*id}, *upload, *n);
    record.added.add();
    std::string const bytes = co_await upload->read_all();
    scope.done();
    co_return summary(*note, bytes);
}

serval::task<std::string> take_stream(id_parameter id, n_parameter, nap_parameter nap, session s,
                                      serval::body_stream& stream)
{
    handler_scope scope(*id);
    digest sum;
    for (;;) {
        auto const piece = co_await stream.read_some();
        if (piece.empty()) break;
        sum.add(piece);
        s->use("a handler that reads its body");
        if (*nap > 0) co_await serval::sleep_for(milliseconds(*nap));
    }
    scope.done();
    co_return sum.text();
}

serval::task<std::string> take_parts(id_parameter id, n_parameter, view v, serval::multipart_reader& reader)
{
    handler_scope scope(*id);
    digest sum;
    while (auto* const part = co_await reader.next_part()) {
        for (;;) {
            auto const piece = co_await part->read_some();
            if (piece.empty()) break;
            sum.add(piece);
        }
        v->use("a handler that reads parts");
    }
    scope.done();
    co_return sum.text();
}

} // namespace

void add_uploads(serval::app& app)
{
    app.post("/form/{id}/{n}", take_form);
    app.post("/form-plain/{id}/{n}", take_form_plain);
    app.post("/kept-form/{id}/{n}", keep_form);
    app.post("/body/{id}/{n}", take_stream);
    app.post("/parts/{id}/{n}", take_parts);
}

} // namespace chaos
