#!/usr/bin/env python3
"""Checks that includes only go down the layers (docs/architecture.md), and that no file is longer than its budget.

    check_layers.py [<root>]

The layer of a file in src/ is its folder. The layer of a public header is that of the concept it holds: it stands in
PUBLIC below, or in a line `// layer: <name>` of the header itself.
"""
import pathlib
import re
import sys

LAYERS = ("base", "wire", "http", "model", "routing", "handler", "openapi", "server", "app", "testing")

PUBLIC = {
    "base": "child_signals log detail/fixed_string",
    "wire": "method",
    "http": "body_source cookies file_response generator headers http_error request response sleep status "
            "streaming_response task threadpool upload_file url",
    "model": "constraints datetime defaulted describe email json model uuid detail/aggregate detail/bind_members "
             "detail/duration_range detail/enum_entry detail/type_of detail/type_table",
    "handler": "background_tasks depends middleware params detail/function_traits detail/handler_table "
               "detail/handler_traits detail/parameter_traits detail/result_traits",
    "server": "server settings",
    "app": "app router run serval",
    "testing": "testing/manual_clock testing/streamed_response testing/test_client testing/test_form",
}
LAYER_OF_HEADER = {name: layer for layer, names in PUBLIC.items() for name in names.split()}

# Libraries that are a layer's own business. A public header is named by its path.
OWNERS = (
    (re.compile(r"boost/beast"), {"wire"}, "Beast"),
    (re.compile(r"nlohmann/"), {"model"}, "nlohmann_json"),
    (re.compile(r"re2/"), {"model"}, "RE2"),
    (re.compile(r"idn2\.h|uni(case|ctype|name|norm|str)\.h"), {"model"}, "libidn2 or libunistring"),
    (re.compile(r"openssl/|boost/asio/ssl"), {"server"}, "OpenSSL"),
    (re.compile(r"CLI/"), {"app"}, "CLI11"),
    (re.compile(r"boost/asio/(ip|local|generic)/|boost/asio/basic_\w*socket"), {"server", "app"}, "a socket"),
)
ASIO = re.compile(r"boost/asio")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
MARKER = re.compile(r"^// layer: (\w+)$", re.M)
BUDGET = {".hpp": 300, ".cpp": 500}


def layer_of(path, root):
    """The layer of a file below include/serval/ or src/; None when nothing names it."""
    if (root / "src") in path.parents:
        return path.relative_to(root / "src").parts[0]
    marker = MARKER.search(path.read_text()) if path.exists() else None
    name = path.relative_to(root / "include" / "serval").with_suffix("").as_posix()
    return marker[1] if marker else LAYER_OF_HEADER.get(name)


def included_file(path, quote, name, root):
    """The file of the project that an #include means, or None."""
    if name.startswith("serval/"):
        return root / "include" / name
    candidates = (path.parent / name, root / "src" / name) if quote == '"' else ()
    return next((candidate for candidate in candidates if candidate.exists()), None)


def faults_of_include(path, layer, quote, name, root):
    target = included_file(path, quote, name, root)
    if target:
        below = layer_of(target, root)
        if below in LAYERS and LAYERS.index(below) > LAYERS.index(layer):
            yield f"{layer} includes {name}, which belongs to {below}, a layer above"
        if (root / "include") in path.parents and (root / "src") in target.parents:
            yield f"a public header includes {name}, which is internal"
        return
    for pattern, owners, what in OWNERS:
        if pattern.match(name) and layer not in owners:
            yield f"{layer} includes {name}: {what} is the business of {' and '.join(sorted(owners))}"
    if layer == "base" and ASIO.match(name):
        yield f"base includes {name}: base knows only the standard library and the system"


def faults_of_file(path, root):
    """Yields (line, fault)."""
    lines = path.read_text().splitlines()
    if len(lines) > BUDGET[path.suffix]:
        yield len(lines), f"the file has more than {BUDGET[path.suffix]} lines"
    layer = layer_of(path, root)
    if layer not in LAYERS:
        yield 1, f"no layer is known: name it in {pathlib.Path(__file__).name} or by a line `// layer: <name>`"
        return
    for number, line in enumerate(lines, 1):
        include = INCLUDE.match(line)
        if include:
            for fault in faults_of_include(path, layer, include[1], include[2], root):
                yield number, fault


def files(root):
    found = [*(root / "include" / "serval").rglob("*.hpp"), *(root / "src").glob("*/**/*.[ch]pp")]
    return sorted(set(found))


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent.parent).resolve()
    count = 0
    for path in files(root):
        for line, fault in faults_of_file(path, root):
            print(f"{path.relative_to(root)}:{line}: {fault}")
            count += 1
    return bool(count)


if __name__ == "__main__":
    sys.exit(main())
