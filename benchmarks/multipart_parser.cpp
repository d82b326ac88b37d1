// How fast the multipart parser passes over a file's data, beside memchr, which only looks for CR: no
// arguments.
#include "wire/multipart.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <random>
#include <string>
#include <string_view>

namespace {

using namespace serval::wire;

constexpr std::size_t mebibyte = std::size_t{1} << 20;
constexpr std::size_t piece_bytes = std::size_t{64} << 10; // what the server reads at once
constexpr std::size_t buffer_bytes = 8 * mebibyte;         // more than a core's own cache
constexpr std::size_t repetitions = 32;                    // 256 MiB
constexpr int rounds = 3;
constexpr std::string_view boundary = "----WebKitFormBoundary7MA4YWxkTrZu0gW";

std::string random_bytes()
{
    std::mt19937_64 random{1}; // NOLINT: equal data in every run
    std::string out(buffer_bytes, '\0');
    for (char& c : out)
        c = static_cast<char>(static_cast<unsigned char>(random()));
    return out;
}

std::string repeated(std::string_view unit)
{
    std::string out;
    while (out.size() < buffer_bytes)
        out += unit;
    out.resize(buffer_bytes);
    return out;
}

template <class Pass>
double mebibytes_per_second(std::string_view data, Pass pass)
{
    double best = 0;
    for (int round = 0; round != rounds; ++round) {
        std::clock_t const started = std::clock(); // CPU time: other work on the machine shows less
        for (std::size_t i = 0; i != repetitions; ++i) {
            for (std::size_t at = 0; at < data.size(); at += piece_bytes)
                pass(data.substr(at, piece_bytes));
        }
        double const seconds = static_cast<double>(std::clock() - started) / CLOCKS_PER_SEC;
        best = std::max(best, static_cast<double>(buffer_bytes * repetitions / mebibyte) / seconds);
    }
    return best;
}

double measure_parser(std::string_view data)
{
    multipart_parser parser{boundary};
    std::string const head = std::string{"--"}.append(boundary).append(
        "\r\nContent-Disposition: form-data; name=\"file\"; filename=\"data\"\r\n\r\n");
    if (parser.next(head).what != multipart_parser::event::part_begin) std::abort();
    std::size_t seen = 0;
    double const speed = mebibytes_per_second(data, [&](std::string_view piece) {
        for (;;) {
            auto const step = parser.next(piece);
            seen += step.data.size();
            piece.remove_prefix(step.consumed);
            if (step.what == multipart_parser::event::need_input) return;
            if (step.what != multipart_parser::event::data) std::abort();
        }
    });
    // All but what may yet be a delimiter must have come out.
    if (seen + boundary.size() + 4 < buffer_bytes * repetitions * rounds) std::abort();
    return speed;
}

double measure_memchr(std::string_view data)
{
    std::size_t found = 0;
    double const speed = mebibytes_per_second(data, [&](std::string_view piece) {
        for (;;) {
            void const* const cr = std::memchr(piece.data(), '\r', piece.size());
            if (cr == nullptr) return;
            ++found;
            piece.remove_prefix(static_cast<std::size_t>(static_cast<char const*>(cr) - piece.data()) + 1);
        }
    });
    if (found > buffer_bytes * repetitions * rounds) std::abort(); // keeps the loop
    return speed;
}

void report(char const* name, std::string const& data)
{
    double const parser = measure_parser(data);
    double const plain = measure_memchr(data);
    std::printf("%-24s %10.0f %10.0f %8.2f\n", name, parser, plain, parser / plain);
}

} // namespace

int main()
{
    std::printf("%-24s %10s %10s %8s\n", "data", "parser", "memchr", "ratio");
    report("random", random_bytes());
    report("no CR", repeated("x"));
    report("lines of 60", repeated("The quick brown fox jumps over the lazy dog, again and again\r\n"));
    report("CR LF", repeated("\r\n"));
    report("CR", repeated("\r"));
    report("CR LF - -", repeated("\r\n--"));
    report("all but a boundary",
           repeated(std::string{"\r\n--"}.append(boundary.substr(0, boundary.size() - 1))));
    return 0;
}
