"""Lints an OpenAPI document with @redocly/cli, from the npm registry: no errors may be found.

    lint_openapi.py <program> <argument>...      the program prints the document

Exits with 77 when npx, or the registry that it asks, is not there.
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

LINTER = "@redocly/cli@2.77.0"
SKIPPED = 77


def main():
    npx = shutil.which("npx")
    if not npx:
        print("skipped: there is no npx")
        return SKIPPED
    environment = {**os.environ, "REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}
    # Whether the linter can be had is asked apart from what it says: a failure of npm is no fault of the document.
    try:
        ready = subprocess.run([npx, "--yes", LINTER, "--version"], env=environment, capture_output=True, text=True,
                               timeout=120)
    except subprocess.TimeoutExpired:
        print("skipped: the npm registry does not answer")
        return SKIPPED
    if ready.returncode:
        print(f"skipped: {LINTER} cannot be had\n{ready.stderr}")
        return SKIPPED
    config = pathlib.Path(__file__).with_name("redocly.yaml")
    with tempfile.TemporaryDirectory() as folder:
        document = pathlib.Path(folder, "openapi.json")
        with document.open("w") as file:
            subprocess.run(sys.argv[1:], stdout=file, check=True, timeout=30)
        command = [npx, "--yes", LINTER, "lint", str(document), "--config", str(config), "--format", "stylish"]
        return subprocess.run(command, env=environment, timeout=120).returncode


if __name__ == "__main__":
    sys.exit(main())
