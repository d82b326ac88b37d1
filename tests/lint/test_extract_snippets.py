"""Blocks of Markdown become sources as their marks say."""
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "scripts"))
import extract_snippets as snippets  # noqa: E402


class ExtractSnippets(unittest.TestCase):
    def sources(self, text):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "page.md"
            path.write_text(text)
            return [source.replace(str(path), "page.md") for source in snippets.sources(path)]

    def test_a_complete_program_is_taken_as_it_is(self):
        self.assertEqual(self.sources("text\n\n```cpp\n#include <a>\nint main() {}\n```\n"),
                         ['#line 4 "page.md"\n#include <a>\nint main() {}\n'])

    def test_a_fragment_gets_the_usual_includes(self):
        self.assertEqual(self.sources("```cpp\nint x;\n```\n"), [snippets.PRELUDE + '#line 2 "page.md"\nint x;\n'])

    def test_a_body_becomes_a_function(self):
        source, = self.sources("<!-- snippet: body -->\n```cpp\nf();\n```\n")
        self.assertIn('void snippet_1()\n{\n#line 3 "page.md"\nf();\n}\n', source)

    def test_a_body_that_suspends_becomes_a_coroutine(self):
        source, = self.sources("<!-- snippet: body -->\n```cpp\nco_await f();\n```\n")
        self.assertIn("serval::task<void> snippet_1()\n{", source)

    def test_a_block_can_continue_the_one_before(self):
        source, = self.sources("```cpp\nint x;\n```\nand\n<!-- snippet: continues, body -->\n\n```cpp\nx = 1;\n```\n")
        self.assertTrue(source.endswith('int x;\n[[maybe_unused]] void snippet_2()\n{\n#line 8 "page.md"\nx = 1;\n}\n'))

    def test_unmarked_languages_and_no_compile_are_left_out(self):
        self.assertEqual(self.sources("```sh\nls\n```\n```cpp no-compile\nx\n```\n"), [])

    def test_mistakes_are_errors(self):
        for text in ("```cpp\nint x;\n", "<!-- snippet: bdoy -->\n```cpp\n```\n", "<!-- snippet: continues -->\n```cpp\n```\n"):
            with self.subTest(text), self.assertRaises(snippets.SnippetError):
                self.sources(text)


if __name__ == "__main__":
    unittest.main()
