// FastAPI's "Async Operations and Background Tasks" in C++: section 6, running the server.
#include "async_operations/application.hpp"
#include "async_operations/command_line.hpp"

#include <serval/serval.hpp>

int main(int argc, char** argv)
{
    auto const line = async_operations::read_command_line(argc, argv);
    if (!line) return 2;

    serval::app app{async_operations::info()};
    async_operations::add_everything(app);
    return serval::run(app, static_cast<int>(line->arguments.size()), line->arguments.data());
}
