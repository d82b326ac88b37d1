// The models and enumerations of app.py.
#pragma once

#include <serval/serval.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace serval_contract {

/// Python's int has no limit; a program that counts would take an int.
using integer = serval::big_integer;

enum class color { red, green, blue };

enum class num { one = 1, two = 2 };
[[maybe_unused]] constexpr serval::enum_by_value rules(serval::rules_for<num>)
{
    return {};
}

struct item {
    std::string name;
    double price;
    serval::defaulted<integer> qty = 1;
    serval::defaulted<std::vector<std::string>> tags;
};

struct strict {
    integer a;
};
constexpr auto rules(serval::rules_for<strict>)
{
    return serval::model_rules<serval::forbid_extra>{};
}

struct user {
    std::string username;
    serval::email email;
    std::string full_name;
};

struct types {
    serval::defaulted<integer> i = 0;
    serval::defaulted<double> f = 0;
    serval::defaulted<bool> b = false;
    serval::defaulted<std::string> s;
    std::optional<serval::datetime> d;
    std::optional<serval::uuid> u;
    serval::defaulted<color> e = color::red;
    serval::defaulted<std::vector<integer>> l;
    serval::defaulted<std::vector<std::pair<std::string, integer>>> m;
    std::optional<item> o;
    std::optional<std::chrono::year_month_day> dd;
};

struct out {
    integer a;
};

} // namespace serval_contract
