#include "async_operations/application.hpp"

#include "async_operations/async_endpoints.hpp"
#include "async_operations/background.hpp"
#include "async_operations/concurrency.hpp"
#include "async_operations/streams.hpp"

#include <memory>

namespace async_operations {

serval::app_info info()
{
    return {.title = "Async Operations API",
            .version = "1.0.0",
            .description = "Demonstrating async operations, file uploads, and background tasks"};
}

// One function and one file a section.
void add_everything(serval::app& app, upload_options const& uploads)
{
    auto const tasks = std::make_shared<task_log>();
    add_async_endpoints(app);         // section 1
    add_uploads(app, uploads, tasks); // section 2
    add_background(app, tasks);       // section 3
    add_streams(app);                 // section 4
    add_concurrency(app);             // section 5
}

} // namespace async_operations
