/// A user's server: it compiles, links and runs with no more than what serval::serval brings.
#include <serval/json.hpp>
#include <serval/serval.hpp>

#include <chrono>
#include <iostream>

using namespace serval::params;

int main()
{
    serval::app app;
    app.get("/items/{id}", [](path<"id", int> id) { return serval::json{{"id", *id}}; });

    serval::settings settings;
    settings.port = 0;
    serval::server server{app, settings};
    server.start();
    std::cout << server.port() << '\n';
    return server.stop(std::chrono::seconds{5}).clean ? 0 : 1;
}
