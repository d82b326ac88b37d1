#!/usr/bin/env bash
# Builds and runs the consumers with no more than pkg-config's flags: pkg_config.sh <compiler> <output folder>
set -euo pipefail

sources=$(dirname "$0")
mkdir -p "$2"
build_and_run() { # <source> <package>
    read -ra flags <<<"$(pkg-config --cflags --libs "$2")"
    "$compiler" -std=c++20 "$sources/$1.cpp" -o "$output/$1" "${flags[@]}"
    "$output/$1"
}

compiler=$1 output=$2
build_and_run server serval
build_and_run test serval-testing
