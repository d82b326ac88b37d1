#!/usr/bin/env python3
"""file_response as curl meets it: ranges, conditional requests, resumed downloads.  files_test.py <binary>"""
import hashlib
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

from running_app import App

BINARY = sys.argv.pop(1)
SIZE = 50 * 1024 * 1024 + 12345


def sha256(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() if hasattr(hashlib, "file_digest") else hashlib.sha256(
            file.read()).hexdigest()


class Files(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.served = pathlib.Path(tempfile.mkdtemp(prefix="serval-files-"))
        cls.addClassCleanup(shutil.rmtree, cls.served)
        cls.large = cls.served / "large.bin"
        cls.large.write_bytes(os.urandom(SIZE))
        (cls.served / "page.html").write_text("<p>0123456789</p>")
        os.environ["SERVAL_TEST_FILES"] = str(cls.served)
        cls.app = App(BINARY)
        cls.addClassCleanup(cls.app.__exit__)

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="serval-curl-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.out = self.folder / "out"

    def curl(self, name, *options):
        """The status, and the fields with lower-case names; the body is in self.out."""
        done = subprocess.run(["curl", "-sS", "--max-time", "30", "-D", self.folder / "head", "-o", self.out, *options,
                               f"http://127.0.0.1:{self.app.port}/files/{name}"], capture_output=True, text=True, timeout=40)
        self.assertEqual(done.returncode, 0, done.stderr)
        status, *lines = (self.folder / "head").read_text().strip().splitlines()
        fields = dict(line.split(": ", 1) for line in lines)
        return int(status.split()[1]), fields

    def test_a_large_file_arrives_whole(self):
        status, fields = self.curl("large.bin")
        self.assertEqual(status, 200)
        self.assertEqual(fields["content-length"], str(SIZE))
        self.assertEqual(fields["content-type"], "application/octet-stream")
        self.assertEqual(fields["content-disposition"], 'attachment; filename="large.bin"')
        self.assertEqual(sha256(self.out), sha256(self.large))

    def test_a_slow_client_gets_it_whole_too(self):
        self.curl("large.bin", "--limit-rate", "40M")
        self.assertEqual(sha256(self.out), sha256(self.large))

    def test_a_range_is_its_bytes(self):
        content = self.large.read_bytes()
        for asked, expected in (("0-0", content[:1]), ("1000-2999999", content[1000:3000000]), ("-70000", content[-70000:]),
                                (f"{SIZE - 5}-", content[-5:])):
            with self.subTest(range=asked):
                status, fields = self.curl("large.bin", "-r", asked)
                self.assertEqual(status, 206)
                self.assertTrue(fields["content-range"].endswith(f"/{SIZE}"))
                self.assertTrue(self.out.read_bytes() == expected)

    def test_several_ranges_come_as_parts(self):
        status, fields = self.curl("page.html", "-r", "3-4,7-8")
        self.assertEqual(status, 206)
        boundary = fields["content-type"].removeprefix("multipart/byteranges; boundary=")
        parts = self.out.read_bytes().split(b"--" + boundary.encode())
        self.assertEqual([part.split(b"\r\n\r\n")[-1].strip() for part in parts[1:-1]], [b"01", b"45"])
        self.assertEqual(fields["content-length"], str(self.out.stat().st_size))

    def test_a_range_beyond_the_end_is_416(self):
        status, fields = self.curl("page.html", "-r", "1000-")
        self.assertEqual((status, fields["content-range"]), (416, "bytes */17"))

    def test_a_download_that_was_cut_is_resumed(self):
        self.out.write_bytes(self.large.read_bytes()[:20_000_001])
        status, _ = self.curl("large.bin", "-C", "-")
        self.assertEqual(status, 206)
        self.assertEqual(sha256(self.out), sha256(self.large))

    def test_a_date_is_compared(self):
        os.utime(self.served / "page.html", (1_000_000_000, 1_000_000_000))
        self.assertEqual(self.curl("page.html", "-z", "Sun, 09 Sep 2001 01:46:40 GMT")[0], 304)
        self.assertEqual(self.curl("page.html", "-z", "Sun, 09 Sep 2001 01:46:39 GMT")[0], 200)
        self.assertEqual(self.curl("page.html", "-z", "-Sun, 09 Sep 2001 01:46:39 GMT")[0], 412)

    def test_an_etag_is_compared(self):
        tag = self.folder / "tag"
        self.assertEqual(self.curl("page.html", "--etag-save", tag)[0], 200)
        self.assertEqual(self.curl("page.html", "--etag-compare", tag)[0], 304)
        tag.write_text('"another"')
        self.assertEqual(self.curl("page.html", "--etag-compare", tag)[0], 200)

    def test_head_has_the_fields_of_get(self):
        _, expected = self.curl("page.html")
        done = subprocess.run(["curl", "-sSI", f"http://127.0.0.1:{self.app.port}/files/page.html"], capture_output=True,
                              text=True, timeout=15)
        fields = dict(line.split(": ", 1) for line in done.stdout.strip().splitlines()[1:])
        for of in (expected, fields):
            del of["date"]
        self.assertEqual(fields, expected)

    def test_what_is_not_there_is_404(self):
        status, fields = self.curl("none.png")
        self.assertEqual((status, fields["content-type"]), (404, "application/json"))
        self.assertEqual(self.out.read_text(), '{"detail":"Not Found"}')


if __name__ == "__main__":
    if shutil.which("curl") is None:
        sys.exit(77)
    unittest.main()
