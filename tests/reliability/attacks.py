#!/usr/bin/env python3
"""Attacks a server of its own on the loopback interface and prints what a good client sees meanwhile.

    tests/reliability/attacks.py [BUILD] [--only NAME,...] [--list]

BUILD is a preset's directory (default: build/release, else build/dev). Each scenario starts its server, takes 20 s at
most, holds 9 000 connections at most, and prints figures, with the bound that each must keep where it has one. Ends
with 1 when a bound is broken. A machine with other work to do makes the figures worse than they are.
"""
import argparse
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from attacks import large_json, memory, newcomers, slow_readers, turns  # noqa: E402  # each module registers its scenarios
from attacks.kit import scenarios  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
MODULES = (turns, slow_readers, newcomers, memory, large_json)


def find_build(given):
    candidates = [pathlib.Path(given)] if given else [ROOT / "build/release", ROOT / "build/dev"]
    for one in candidates:
        if (one / "benchmarks/bench_server").exists():
            return one.resolve()
    sys.exit(f"no bench_server in {' or '.join(map(str, candidates))}: build the target bench_server first")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", nargs="?", help="a preset's build directory")
    parser.add_argument("--only", help="names of scenarios, with commas between")
    parser.add_argument("--list", action="store_true", help="print the scenarios' names")
    options = parser.parse_args()
    if options.list:
        for name, run in scenarios.items():
            print(f"{name:24} {(run.__doc__ or '').strip().splitlines()[0]}")
        return 0
    chosen = options.only.split(",") if options.only else list(scenarios)
    build = find_build(options.build)
    broken = 0
    for name in chosen:
        begin = time.monotonic()
        print(f"\n{name}: {(scenarios[name].__doc__ or '').strip().splitlines()[0]}", flush=True)
        for figure in scenarios[name](build):
            print("    " + str(figure), flush=True)
            broken += figure.is_broken()
        print(f"    ({time.monotonic() - begin:.1f} s)", flush=True)
    print(f"\n{broken} bound(s) broken" if broken else "\nall bounds kept")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
