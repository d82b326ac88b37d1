// What benchmarks/size measures beside examples/hello: the same endpoints in a program that has a main() of
// its own.
#include <serval/app.hpp>
#include <serval/model.hpp>
#include <serval/params.hpp>
#include <serval/server.hpp>

#include <chrono>
#include <cstdio>
#include <string>

using namespace serval::params;
namespace {

struct greeting {
    std::string message;
};

greeting greet(path<"name", std::string> name, query<"loudly", bool, def(false)> loudly)
{
    return {"Hello, " + *name + (*loudly ? "!" : ".")};
}

} // namespace

int main()
{
    serval::app app;
    app.get("/", [] { return greeting{"Hello, World!"}; });
    app.get("/greet/{name}", greet);

    serval::settings settings;
    settings.port = 0;
    serval::server server{app, settings};
    server.start();
    std::printf("port %d; a line ends it\n", server.port());
    std::getchar();
    return server.stop(std::chrono::seconds{5}).clean ? 0 : 1;
}
