#!/usr/bin/env python3
"""Checks what the public headers include, directly or not: check_includes.py <include-dir> <compiler> <flag>...

No Beast, OpenSSL or nlohmann_json; only <serval/json.hpp>, which is opt-in, has nlohmann_json.
"""
import pathlib
import re
import subprocess
import sys

FORBIDDEN = {"Beast": r"/boost/beast", "OpenSSL": r"/openssl/", "nlohmann_json": r"/nlohmann/"}
ALLOWED = {("serval/json.hpp", "nlohmann_json")}


def dependencies(command, headers):
    """The files that a source with these includes reads."""
    source = "".join(f"#include <{header}>\n" for header in headers)
    done = subprocess.run([*command, "-M", "-x", "c++", "-"], input=source, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if done.returncode != 0:
        sys.exit(f"the compiler failed on {', '.join(headers)}:\n{done.stderr}")
    return done.stdout.replace("\\\n", " ")


def breaches(command, headers):
    text = dependencies(command, headers)
    return [name for name, pattern in FORBIDDEN.items() if re.search(pattern, text)]


def main():
    include_dir, command = pathlib.Path(sys.argv[1]), sys.argv[2:]
    headers = sorted(path.relative_to(include_dir).as_posix() for path in include_dir.rglob("*.hpp"))
    opt_in = {header for header, _ in ALLOWED}
    strict = [header for header in headers if header not in opt_in]

    found = []
    if strict and breaches(command, strict):  # one compiler run in the good case; then look for the culprits
        found += [(header, name) for header in strict for name in breaches(command, [header])]
    for header in opt_in & set(headers):
        found += [(header, name) for name in breaches(command, [header]) if (header, name) not in ALLOWED]
    for header, name in found:
        print(f"<{header}> includes {name}, directly or through another header")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
