"""The OpenAPI document of the example `async_operations`, against what FastAPI emits for the notebook's application.

    openapi_golden_test.py <binary>

Every difference must be in ALLOWED, with its reason, and everything in ALLOWED must occur: docs/openapi.md repeats the
reasons. The differences are printed.
"""
import json
import pathlib
import re
import subprocess
import sys
import unittest

GOLDEN = pathlib.Path(__file__).parent.parent / "fastapi" / "openapi.json"

FILE = "both marks: Swagger UI shows pickers for lists of files by `format` only"
KNOWN = "the handler's result is a type, where the notebook returns a dict"
STREAM = "the true media type of the stream"

# Pattern of the difference → reason. `+` is only in serval's document, `-` only in FastAPI's.
ALLOWED = {
    r"\+ /components/schemas/Body_upload_(file|and_process|with_metadata)_upload_\w+_post/properties/file/format": FILE,
    r"\+ /components/schemas/FileUploadResponse/properties/size_bytes/(minimum|maximum)":
        "the member is unsigned, which the document bounds",
    r"\+ /components/schemas/Body_upload_multiple_files_\w+/properties/files/items/format": FILE,
    r"\+ /paths/(/upload/files|/upload/process|/users/register)/post/responses/200/content/application/json/schema/\$ref":
        KNOWN,
    r"\+ /paths/(/tasks/log|/concurrent/slow|/concurrent/stats)/get/responses/200/content/application/json/schema/\$ref":
        KNOWN,
    r"\+ /components/schemas/(ConcurrencyStats|Contents|FilesUploadResponse|ProcessResponse|Registered|SlowResult"
    r"|UploadedFile)": KNOWN,
    r"- /paths//stream/(numbers|logs|json|llm)/get/responses/200/content/application/json": STREAM,
    r"\+ /paths//stream/(numbers|logs|llm)/get/responses/200/content/text/plain": STREAM,
    r"\+ /paths//stream/json/get/responses/200/content/application/x-ndjson": STREAM,
    r"order of /paths": "all uploads are one function of the example, /upload/process with them",
}


def differences(path, golden, made):
    """Yields what differs, as text."""
    if not (isinstance(golden, dict) and isinstance(made, dict)):
        if golden != made:
            yield f"! {path}: {json.dumps(golden)} became {json.dumps(made)}"
        return
    for key in golden:
        if key not in made:
            yield f"- {path}/{key}"
        else:
            yield from differences(f"{path}/{key}", golden[key], made[key])
    for key in made:
        if key not in golden:
            yield f"+ {path}/{key}"
    if [key for key in golden if key in made] != [key for key in made if key in golden]:
        yield f"order of {path}"


class OpenApi(unittest.TestCase):
    def setUp(self):
        done = subprocess.run([BINARY, "--print-openapi"], capture_output=True, text=True, timeout=30)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.text = done.stdout
        self.document = json.loads(done.stdout)

    def test_differs_from_fastapis_only_where_it_should(self):
        golden = json.loads(GOLDEN.read_text())
        unused = dict(ALLOWED)
        for difference in differences("", golden, self.document):
            reason = next((pattern for pattern in ALLOWED if re.fullmatch(pattern, difference)), None)
            print(f"{difference}  ({ALLOWED[reason]})" if reason else f"{difference}  NOT ALLOWED")
            with self.subTest(difference):
                self.assertIsNotNone(reason, "not an allowed difference")
            unused.pop(reason, None)
        self.assertEqual(list(unused), [], "allowed, but no difference any more")

    def test_is_printed_as_json_for_people(self):
        self.assertEqual(self.text, json.dumps(self.document, indent=2, ensure_ascii=False) + "\n")

    def test_each_reference_leads_somewhere(self):
        for reference in re.findall(r'"\$ref": "#/components/schemas/([^"]+)"', self.text):
            self.assertIn(reference, self.document["components"]["schemas"])

    def test_a_full_disk_is_an_error(self):
        with open("/dev/full", "w") as full:
            done = subprocess.run([BINARY, "--print-openapi"], stdout=full, stderr=subprocess.PIPE, text=True, timeout=30)
        self.assertEqual(done.returncode, 1)
        self.assertIn("Cannot write the OpenAPI document", done.stderr)


if __name__ == "__main__":
    BINARY = sys.argv.pop(1)
    unittest.main()
