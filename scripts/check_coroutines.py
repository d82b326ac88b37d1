#!/usr/bin/env python3
"""Flags statements that g++ 12 miscompiles: a co_await or co_yield beside braces, a capturing lambda or `?:`.

    check_coroutines.py [<file or folder>...]      C++ files, and the ```cpp blocks of Markdown files

It is installed as `serval-check-coroutines`, for the sources of serval's users.

g++ 12 destroys aggregate and closure temporaries twice when they share a full-expression with a suspension point
(docs/coroutines.md). The rule is coarser than the bug, so that it can be told from the text alone: name the object
first, then await. A statement that was looked at can end its line with `// gcc12-ok: reason`.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
DEFAULT = ("include", "src", "examples", "tests", "benchmarks", "docs", "README.md")
# The lint's own cases break the rule on purpose.
SKIPPED = ROOT / "tests" / "lint" / "coroutines"

SUSPEND = {"co_await", "co_yield"}
NOISE = re.compile(
    r"""//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])+'|^[ \t]*\#(?:\\\n|[^\n])*""",
    re.S | re.M)
DIGIT_SEPARATOR = re.compile(r"(?<=[0-9A-Fa-f])'(?=[0-9A-Fa-f]{2,})")
TOKEN = re.compile(r"[A-Za-z_]\w*|->|::|[^\sA-Za-z_]")
CPP_BLOCK = re.compile(r"^ *```cpp[^\n]*\n(.*?)^ *```", re.S | re.M)

BEFORE_BODY = {"", ")", "]", ";", "{", "}", ":", "else", "do", "try", "const", "noexcept", "mutable", "override", "final"}
HEAD_ENDS = {";", "{", "}", ")", "(", ",", "=", "?", "return", "co_return", "co_await", "co_yield"}
HEAD_WORDS = {"->", "struct", "class", "namespace", "enum", "union", "extern", "requires"}
BEFORE_LAMBDA = {"", "(", ",", "=", "{", "&", "&&", "return", "co_await", "co_return", "co_yield"}
# serval's own types that a coroutine makes: they have constructors, so their temporaries are safe.
CONSTRUCTED = {"sse_event", "response", "http_error", "task_options"}
BODY = "{}"  # stands in a statement for a whole nested body


def blanked(match):
    """Spaces in place of the text, so that line numbers stay."""
    return re.sub(r"[^\n]", " ", match.group())


def cpp_of_markdown(text):
    """The C++ blocks of a Markdown file, with everything else blank."""
    kept = [" " if c != "\n" else c for c in text]
    for block in CPP_BLOCK.finditer(text):
        kept[block.start(1) : block.end(1)] = block.group(1)
    return "".join(kept)


def tokens_of(text):
    """Pairs of token and line number, without comments, literals and preprocessor lines."""
    text = NOISE.sub(blanked, DIGIT_SEPARATOR.sub(" ", text))
    line, position, tokens = 1, 0, []
    for match in TOKEN.finditer(text):
        line += text.count("\n", position, match.start())
        position = match.start()
        tokens.append((match.group(), line))
    return tokens


def opens_body(tokens, i):
    """True when the `{` at i opens a body (function, lambda, control flow, class), not an initialiser."""
    if (tokens[i - 1][0] if i else "") in BEFORE_BODY:
        return True
    j = i - 1  # a class head, a namespace, or a trailing return type
    while j >= 0 and tokens[j][0] not in HEAD_ENDS:
        if tokens[j][0] in HEAD_WORDS:
            return True
        j -= 1
    return False


def statements(tokens):
    """Lists of tokens between statement boundaries; initialiser braces stay inside their statement."""
    done, open_statements, braces = [], [[]], []
    for i, (text, line) in enumerate(tokens):
        if text == "{":
            braces.append(opens_body(tokens, i))
            if braces[-1]:
                open_statements[-1].append((BODY, line))
                open_statements.append([])
                continue
        elif text == "}" and braces and braces.pop():
            done.append(open_statements.pop())
            following = tokens[i + 1][0] if i + 1 < len(tokens) else ""
            if following not in {")", ",", "(", ";", "."}:  # else a lambda inside a larger statement
                done.append(open_statements[-1])
                open_statements[-1] = []
            continue
        elif text == ";" and (not braces or braces[-1]):
            done.append(open_statements[-1])
            open_statements[-1] = []
            continue
        open_statements[-1].append((text, line))
    return done + open_statements


def has_harmful_capture(words, i):
    """True when the `[` at i opens the captures of a lambda whose closure is a non-trivial temporary."""
    if words[i] != "[" or (words[i - 1] if i else "") not in BEFORE_LAMBDA or words[i + 1 : i + 2] == ["["]:
        return False
    if "]" not in words[i:]:
        return False
    captures = words[i + 1 : words.index("]", i)]
    if not captures or captures == ["this"]:
        return False
    if all(word in {"&", ",", "this"} or captures[k - 1] == "&" for k, word in enumerate(captures)):
        return False  # references are trivial
    return not (i and words[i - 1] == "=" and not SUSPEND & set(words[:i]))  # the named closure itself


def without_constructed(words):
    """The words without the braces of types in CONSTRUCTED, as far as nothing is braced inside of them."""
    kept, i = [], 0
    while i < len(words):
        if words[i] == "{" and kept and kept[-1] in CONSTRUCTED and "}" in words[i:]:
            end = words.index("}", i)
            if "{" not in words[i + 1 : end]:
                kept += words[i + 1 : end]
                i = end + 1
                continue
        kept.append(words[i])
        i += 1
    return kept


def faults(words):
    if not SUSPEND & set(words):
        return
    words = without_constructed(words)
    if "{" in words:
        yield "braced initialiser"
    if "?" in words:
        yield "?:"
    if any(has_harmful_capture(words, i) for i in range(len(words))):
        yield "capturing lambda"


def check_text(text):
    """Yields (line, fault) for each statement that g++ 12 may miscompile."""
    lines = text.splitlines()
    for statement in statements(tokens_of(text)):
        for fault in faults([word for word, _ in statement]):
            numbers = [number for _, number in statement]
            if not any("gcc12-ok:" in lines[n - 1] for n in range(min(numbers), max(numbers) + 1)):
                yield next(number for word, number in statement if word in SUSPEND), fault


def files_in(arguments):
    for argument in arguments:
        path = pathlib.Path(argument)
        found = [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.suffix in {".cpp", ".hpp", ".md"})
        yield from (p for p in found if SKIPPED not in p.resolve().parents)


def main():
    count = 0
    own = [ROOT / name for name in DEFAULT if (ROOT / "CONTRIBUTING.md").exists() and (ROOT / name).exists()]
    if not sys.argv[1:] and not own:
        sys.exit(__doc__)
    for path in files_in(sys.argv[1:] or own):
        text = path.read_text()
        for line, fault in check_text(cpp_of_markdown(text) if path.suffix == ".md" else text):
            print(f"{path}:{line}: {fault} in a statement that suspends (g++ 12 destroys it twice); name it first")
            count += 1
    return bool(count)


if __name__ == "__main__":
    sys.exit(main())
