// The smallest application: a model, two endpoints and main().
#include <serval/serval.hpp>

using namespace serval::params;
struct greeting {
    std::string message;
};

greeting greet(path<"name", std::string> name, query<"loudly", bool, def(false)> loudly)
{
    return {"Hello, " + *name + (*loudly ? "!" : ".")};
}

int main(int argc, char** argv)
{
    serval::app app;
    app.get("/", [] { return greeting{"Hello, World!"}; });
    app.get("/greet/{name}", greet);
    return serval::run(app, argc, argv);
}
