"""Opens the documentation pages of async_operations in Chromium: docs_test.py <program> --node … --chromium …

Ends with 77 when there is no browser to test with. docs_test.mjs says what is looked at.
"""
import argparse
import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "examples"))
from running_example import RunningExample  # noqa: E402


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    for option in ("--node", "--chromium", "--playwright", "--screenshots"):
        parser.add_argument(option, default="")
    given = parser.parse_args()
    for what in ("node", "chromium", "playwright"):
        if not os.path.exists(getattr(given, what)):
            print(f"skipped: {what} is missing")
            return 77
    with tempfile.TemporaryDirectory() as scratch:
        with RunningExample(given.program, "--upload-dir", f"{scratch}/uploads") as example:
            return subprocess.run([given.node, HERE / "docs_test.mjs", f"http://127.0.0.1:{example.port}",
                                   given.playwright, given.chromium, f"{scratch}/profile", given.screenshots],
                                  timeout=150).returncode


if __name__ == "__main__":
    sys.exit(main())
