#!/usr/bin/env python3
"""Writes the ```cpp blocks of Markdown files as sources that the build compiles.

    extract_snippets.py <output-dir> <file.md>...      prints the path of each source written

Each block is a source of its own. A block without an #include gets what a reader would assume: <serval/serval.hpp>,
<serval/json.hpp> and the using-directives of the examples. How else a block is treated stands on the line before it:

    <!-- snippet: body -->         statements: they become the body of a function (a coroutine when they suspend)
    <!-- snippet: continues -->    the block goes on where the block before it ended, in the same source
    <!-- snippet: continues, body -->

A block opened with ```cpp no-compile is left out. Compilers report errors at the line of the Markdown file.
"""
import pathlib
import re
import sys

PRELUDE = """\
#include <serval/serval.hpp>
#include <serval/json.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

using namespace serval::params;
using namespace std::chrono_literals;
"""
FENCE = re.compile(r"^(?P<indent> *)```cpp(?P<info>.*)$")
DIRECTIVE = re.compile(r"^ *<!-- snippet: (?P<words>[\w, -]+?) -->\s*$")
KNOWN = {"body", "continues"}


class SnippetError(Exception):
    pass


def blocks(path):
    """Yields (first line, words of the directive, code lines) of each block that is to be compiled."""
    lines = path.read_text().splitlines()
    words, i = set(), 0
    while i < len(lines):
        directive, fence = DIRECTIVE.match(lines[i]), FENCE.match(lines[i])
        if directive:
            words = {word.strip() for word in directive["words"].split(",")}
            if words - KNOWN:
                raise SnippetError(f"{path}:{i + 1}: unknown directive: {', '.join(sorted(words - KNOWN))}")
        elif fence:
            end = next((j for j in range(i + 1, len(lines)) if lines[j].strip() == "```"), None)
            if end is None:
                raise SnippetError(f"{path}:{i + 1}: the block has no end")
            if "no-compile" not in fence["info"].split():
                indent = len(fence["indent"])
                yield i + 2, words, [line[indent:] for line in lines[i + 1 : end]]
            words, i = set(), end
        elif lines[i].strip():
            words = set()  # a directive speaks to the block right below it
        i += 1


def rendered(path, first_line, words, code, number):
    """The block as C++ at namespace scope. #include lines stay in front of what is wrapped."""
    includes = [line for line in code if line.startswith("#include")]
    if "body" not in words:
        return [f'#line {first_line} "{path}"', *code]
    body = ["" if line.startswith("#include") else line for line in code]
    text = "\n".join(code)
    suspends = re.search(r"\bco_(await|return|yield)\b", text)
    head = f"serval::task<void> snippet_{number}()" if suspends else f"void snippet_{number}()"
    return [*includes, f"[[maybe_unused]] {head}", "{", f'#line {first_line} "{path}"', *body, "}"]


def sources(path):
    """The blocks of a Markdown file, joined into sources."""
    result = []
    for number, (first_line, words, code) in enumerate(blocks(path), 1):
        text = "\n".join(rendered(path, first_line, words, code, number)) + "\n"
        if "continues" in words:
            if not result:
                raise SnippetError(f"{path}:{first_line}: there is no block to continue")
            result[-1] += text
        else:
            result.append(text)
    return [text if "#include" in text else PRELUDE + text for text in result]


def write(path, text):
    if not path.exists() or path.read_text() != text:  # an untouched file is not built again
        path.write_text(text)


def main():
    output = pathlib.Path(sys.argv[1])
    output.mkdir(parents=True, exist_ok=True)
    written = []
    try:
        for name in sys.argv[2:]:
            for number, text in enumerate(sources(pathlib.Path(name)), 1):
                path = output / f"{pathlib.Path(name).stem.lower().replace('-', '_')}_{number}.cpp"
                write(path, text)
                written.append(path)
    except SnippetError as error:
        sys.exit(str(error))
    for old in set(output.glob("*.cpp")) - set(written):
        old.unlink()
    print("\n".join(str(path) for path in written))


if __name__ == "__main__":
    main()
