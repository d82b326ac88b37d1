// What to do about a name that is taken.
// layer: base
#pragma once

namespace serval {

/// What saving does when the name is taken, by whatever: a file, a symbolic link, a directory.
enum class if_exists : unsigned char {
    replace, ///< take its place, at once and whole; a link is replaced, not followed; a directory is an error
    fail,    ///< an error
    /// Save as "name (1).ext", "name (2).ext" and so on: in the first gap up to 4, beyond behind some number
    /// that is taken. Quick however many are.
    number,
};

} // namespace serval
