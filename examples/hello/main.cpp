// The smallest application: two endpoints and a main().
#include <serval/json.hpp>
#include <serval/serval.hpp>

using namespace serval::params;

int main(int argc, char** argv)
{
    serval::app app;

    app.get("/", [] { return serval::json{{"message", "Hello, World!"}}; });

    app.get("/greet/{name}",
            [](path<"name", std::string> name, query<"times", int, def(1), ge(1), le(3)> times) {
                std::string greeting;
                for (int i = 0; i < *times; ++i)
                    greeting += "Hello, " + *name + "! ";
                return serval::json{{"message", greeting}};
            });

    return serval::run(app, argc, argv);
}
