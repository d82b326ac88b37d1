/// A test of a user: it compiles, links and runs with no more than what serval::testing brings.
#include <serval/json.hpp>
#include <serval/serval.hpp>
#include <serval/testing/test_client.hpp>

#include <iostream>

using namespace serval::params;

int main()
{
    serval::app app;
    app.get("/items/{id}", [](path<"id", int> id) { return serval::json{{"id", *id}}; });

    serval::test_client client{app};
    auto const response = client.get("/items/42");
    std::cout << response.status << ' ' << response.body << '\n';
    return response.status == 200 && response.body == R"({"id":42})" ? 0 : 1;
}
