// app.py in C++, as a program: contract_app --port 8000. Its answers are replayed by replay.py.
#include "fastapi/contract_routes.hpp"

#include <serval/run.hpp>

int main(int argc, char** argv)
{
    serval::app a{{.title = "FastAPI", .version = "0.1.0"}};
    serval_contract::add_routes(a);
    return serval::run(a, argc, argv);
}
