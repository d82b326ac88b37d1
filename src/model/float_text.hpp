// Writes floating-point numbers as Python does.
#pragma once

#include <cstddef>
#include <string>

namespace serval::model {

/// The most bytes that write_python_float() writes: `-1.7976931348623157e+308`.
inline constexpr std::size_t max_python_float = 24;

/// Writes `value` as append_python_float() does, and gives the end of what it wrote.
char* write_python_float(char* to, double value) noexcept;

/// The same by the general way, which write_python_float() spares what has few digits.
char* write_any_python_float(char* to, double value) noexcept;

/// Appends `value` as Python's `repr(float)`: the shortest digits that read back as the same double, with
/// `.0` for whole numbers and an exponent from 1e16 on and below 1e-4 (`5.0`, `1e+16`, `1e-07`). NaN and
/// infinity: `nan`, `inf`, `-inf`.
void append_python_float(std::string& out, double value);

/// The double of the float's own shortest digits: of 0.1f it is 0.1, not 0.10000000149011612.
double double_of_digits(float value) noexcept;

} // namespace serval::model
