/// A user's program: it compiles, links and runs with no more than what serval::serval brings.
#include <serval/method.hpp>

int main()
{
    return serval::method::get == serval::method::post;
}
