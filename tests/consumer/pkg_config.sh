#!/usr/bin/env bash
# Builds and runs the consumer with no more than pkg-config's flags: pkg_config.sh <compiler> <output>
set -euo pipefail

read -ra flags <<<"$(pkg-config --cflags --libs serval)"
"$1" -std=c++20 "$(dirname "$0")/main.cpp" -o "$2" "${flags[@]}"
"$2"
