"""What browsers are told of the CDN's files is true of the packages that serval embeds: test_docs_assets.py <tarball>..."""
import base64
import hashlib
import pathlib
import re
import sys
import tarfile
import unittest

SOURCE = pathlib.Path(__file__).parents[2] / "src" / "openapi" / "docs_assets.cpp"
REMOTE = re.compile(r'"https://cdn\.jsdelivr\.net/npm/([\w-]+)@([\d.]+)/([\w./-]+)",\s*"sha384-([\w+/=]+)"')
TARBALLS = sys.argv[1:]


class RemoteAssets(unittest.TestCase):
    def test_each_file_has_the_hash_that_is_written_beside_its_address(self):
        found = REMOTE.findall(SOURCE.read_text())
        self.assertEqual(len(found), 3)
        for name, version, path, integrity in found:
            tarball = next(t for t in TARBALLS if pathlib.Path(t).name == f"{name}-{version}.tgz")
            with tarfile.open(tarball) as package:
                content = package.extractfile(f"package/{path}").read()
            self.assertEqual(base64.b64encode(hashlib.sha384(content).digest()).decode(), integrity, path)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
