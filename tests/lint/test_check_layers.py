"""The layer check reports includes that go up, libraries outside their layer, and long files."""
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "scripts"))
import check_layers as layers  # noqa: E402


class CheckLayers(unittest.TestCase):
    def faults(self, **contents):
        """What the check says about a tree of files, as lines `path:line`."""
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder).resolve()
            (root / "src").mkdir()
            for name, text in contents["files"].items():
                path = root / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
            return [f"{path.relative_to(root)}:{line}" for path in layers.files(root)
                    for line, _ in layers.faults_of_file(path, root)]

    def test_an_include_may_go_down_or_sideways(self):
        self.assertEqual(self.faults(files={
            "src/wire/a.cpp": '#include "wire/a.hpp"\n#include "base/b.hpp"\n#include <serval/method.hpp>\n#include <string>\n',
            "src/wire/a.hpp": "", "src/base/b.hpp": "", "include/serval/method.hpp": ""}), [])

    def test_an_include_may_not_go_up(self):
        self.assertEqual(self.faults(files={
            "src/base/b.cpp": '\n#include "wire/a.hpp"\n', "src/wire/a.hpp": '#include <serval/request.hpp>\n',
            "include/serval/request.hpp": "#include <serval/app.hpp>\n", "include/serval/app.hpp": ""}),
            ["include/serval/request.hpp:1", "src/base/b.cpp:2", "src/wire/a.hpp:1"])

    def test_what_servers_use_may_not_include_what_is_for_tests(self):
        self.assertEqual(self.faults(files={
            "src/app/a.cpp": '#include "testing/t.hpp"\n', "src/testing/t.hpp": '#include "app/b.hpp"\n', "src/app/b.hpp": "",
            "include/serval/serval.hpp": "#include <serval/testing/test_client.hpp>\n",
            "include/serval/testing/test_client.hpp": ""}), ["include/serval/serval.hpp:1", "src/app/a.cpp:1"])

    def test_a_public_header_may_not_include_an_internal_one(self):
        self.assertEqual(self.faults(files={
            "include/serval/app.hpp": '#include "base/b.hpp"\n', "src/base/b.hpp": ""}), ["include/serval/app.hpp:1"])

    def test_a_library_stays_in_its_layer(self):
        self.assertEqual(self.faults(files={
            "src/model/a.cpp": "#include <nlohmann/json.hpp>\n#include <re2/re2.h>\n#include <boost/beast/core.hpp>\n",
            "src/base/b.cpp": "#include <boost/asio/awaitable.hpp>\n",
            "src/http/c.cpp": "#include <boost/asio/ip/tcp.hpp>\n"}),
            ["src/base/b.cpp:1", "src/http/c.cpp:1", "src/model/a.cpp:3"])

    def test_a_header_can_name_its_layer(self):
        self.assertEqual(self.faults(files={
            "include/serval/novel.hpp": "// layer: app\n#include <serval/app.hpp>\n", "include/serval/app.hpp": "",
            "include/serval/unknown.hpp": ""}), ["include/serval/unknown.hpp:1"])

    def test_a_file_has_a_budget_of_lines(self):
        self.assertEqual(self.faults(files={
            "src/base/long.hpp": "\n" * 301, "src/base/long.cpp": "\n" * 501, "src/base/short.hpp": "\n" * 300}),
            ["src/base/long.cpp:501", "src/base/long.hpp:301"])


if __name__ == "__main__":
    unittest.main()
