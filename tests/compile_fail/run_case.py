#!/usr/bin/env python3
"""Checks one compile_fail case: run_case.py <source> <compiler> <flag>...

The first line of the source is `// expect: <regex>`. The test passes when
- the compiler rejects the source, and the first error matches the regex;
- a line of the diagnostics matches the regex of a second line `// and: <regex>`, if there is one;
- the diagnostics name the user's file; a line of the source that ends in `// error here` must be the one named;
- with -DSERVAL_FIXED the same source compiles, so that it fails for the reason it is about and for no other.
"""
import pathlib
import re
import subprocess
import sys


def compile_source(command, source, *flags):
    done = subprocess.run(
        [*command, "-fsyntax-only", "-fdiagnostics-color=never", *flags, str(source)],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
    return done.returncode, done.stdout


def problems(source, command):
    lines = source.read_text().splitlines()
    expected = re.fullmatch(r"// expect: (.+)", lines[0]) if lines else None
    if not expected:
        return ["the first line must be `// expect: <regex>`"], ""

    code, output = compile_source(command, source)
    if code == 0:
        return ["it compiles, and must not"], output
    found = []
    first_error = next((line for line in output.splitlines() if ": error: " in line or ": fatal error: " in line), "")
    if not re.search(expected[1], first_error):
        found.append(f"the first error does not match /{expected[1]}/: {first_error}")

    also = re.fullmatch(r"// and: (.+)", lines[1])
    if also and not re.search(also[1], output):
        found.append(f"the diagnostics do not match /{also[1]}/")

    marked = [str(n) for n, line in enumerate(lines, 1) if line.rstrip().endswith("// error here")]
    place = "|".join(marked) if marked else r"\d+"
    if not re.search(rf"{re.escape(source.name)}:(?:{place}):", output):
        found.append(f"the diagnostics do not name {source.name}:{place}")

    code, fixed_output = compile_source(command, source, "-DSERVAL_FIXED")
    if code != 0:
        found.append("with SERVAL_FIXED it must compile:\n" + fixed_output)
    return found, output


def main():
    source, command = pathlib.Path(sys.argv[1]), sys.argv[2:]
    found, output = problems(source, command)
    if found:
        print("\n".join(f"{source.name}: {problem}" for problem in found))
        print("---- the compiler said:\n" + output)
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
