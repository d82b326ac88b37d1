// Writes floating-point numbers as Python does.
#pragma once

#include <string>

namespace serval::model {

/// Appends `value` as Python's `repr(float)`: the shortest digits that read back as the same double, with
/// `.0` for whole numbers and an exponent from 1e16 on and below 1e-4 (`5.0`, `1e+16`, `1e-07`). NaN and
/// infinity: `nan`, `inf`, `-inf`.
void append_python_float(std::string& out, double value);

/// The double of the float's own shortest digits: of 0.1f it is 0.1, not 0.10000000149011612.
double double_of_digits(float value) noexcept;

} // namespace serval::model
