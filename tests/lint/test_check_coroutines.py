"""The coroutine lint flags what it must and nothing else."""
import pathlib
import re
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent / "scripts"))
import check_coroutines as lint  # noqa: E402


class CheckCoroutines(unittest.TestCase):
    maxDiff = None

    def test_flags_every_marked_line_and_no_other(self):
        text = (HERE / "coroutines" / "rejected.cpp").read_text()
        marked = [(n, mark[1]) for n, line in enumerate(text.splitlines(), 1) if (mark := re.search(r"// fault: (.+)", line))
                  and not line.startswith("///")]
        self.assertEqual(sorted(lint.check_text(text)), marked)

    def test_leaves_safe_code_alone(self):
        self.assertEqual(list(lint.check_text((HERE / "coroutines" / "accepted.cpp").read_text())), [])

    def test_reads_the_blocks_of_markdown_at_their_lines(self):
        text = "prose: co_await f({});\n```cpp\nco_await f({});\n```\n```sh\nco_await f({});\n```\n"
        self.assertEqual(list(lint.check_text(lint.cpp_of_markdown(text))), [(3, "braced initialiser")])


if __name__ == "__main__":
    unittest.main()
