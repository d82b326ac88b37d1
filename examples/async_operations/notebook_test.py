"""The notebook's seven client tests against the program itself: notebook_test.py <async_operations>.

notebook_test.cpp does the same in process, without waiting.
"""
import pathlib
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tests" / "examples"))
from running_example import RunningExample  # noqa: E402

BINARY = sys.argv.pop()


class Notebook(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.TemporaryDirectory(prefix="serval-notebook-")
        cls.server = RunningExample(BINARY, "--upload-dir", cls.directory.name)

    @classmethod
    def tearDownClass(cls):
        cls.server.__exit__(None, None, None)
        cls.directory.cleanup()

    def test_1_async_and_sync_sleep(self):
        for kind, how in (("async", "non-blocking"), ("sync", "blocking")):
            status, body, seconds = self.server.get(f"/{kind}/sleep/1")
            self.assertEqual((status, body["message"]), (200, f"Slept for 1 seconds ({how})"))
            self.assertGreaterEqual(seconds, 1)

    def test_2_file_upload(self):
        content = b"This is a test file for FastAPI upload demonstration."
        status, body = self.server.upload("/upload/file", [("file", "test.txt", content)])
        self.assertEqual((status, body["filename"], body["size_bytes"]), (200, "test.txt", len(content)))
        self.assertEqual(pathlib.Path(body["saved_to"]).read_bytes(), content)

    def test_3_multiple_file_upload(self):
        files = [("files", f"file{i}.txt", f"Content of file {i}".encode()) for i in (1, 2, 3)]
        status, body = self.server.upload("/upload/files", files)
        self.assertEqual((status, body["files_uploaded"], body["total_size_bytes"]), (200, 3, 51))

    def test_4_background_tasks(self):
        before = self.server.get("/tasks/log")[1]["total_tasks"]
        begin = time.monotonic()
        status, body = self.server.post("/users/register", {
            "username": "testuser", "email": "test@example.com", "full_name": "Test User"})
        self.assertLess(time.monotonic() - begin, 1.5)  # the email takes 2 s
        self.assertEqual((status, body["message"]), (200, "Registration successful"))
        log = self.wait_for_tasks(before + 2)
        self.assertTrue(log[-2].endswith("] User registered: testuser"), log)
        self.assertEqual(log[-1], "Email sent to test@example.com: Welcome!")

    def test_5_streaming_response(self):
        connection = self.server.connect()
        begin = time.monotonic()
        connection.request("GET", "/stream/numbers?count=5")
        response = connection.getresponse()
        arrivals = []
        for line in response:
            arrivals.append((line, time.monotonic() - begin))
        connection.close()
        self.assertEqual([line for line, _ in arrivals], [f"Number: {i}\n".encode() for i in range(5)])
        self.assertLess(arrivals[0][1], 0.4)  # the last is not there before 0.5 s
        self.assertGreaterEqual(arrivals[-1][1], 0.5)

    def test_6_concurrent_requests(self):
        begin = time.monotonic()
        answers = self.server.get_all([f"/concurrent/slow?delay=2&request_id=req_{i}" for i in range(5)])
        self.assertLess(time.monotonic() - begin, 8)  # one after the other they would take 10 s
        self.assertEqual([body["request_id"] for _, body, _ in answers], [f"req_{i}" for i in range(5)])
        self.assertEqual(self.server.get("/concurrent/stats")[1]["total_processed"], 5)

    def test_7_file_upload_with_background_processing(self):
        before = self.server.get("/tasks/log")[1]["total_tasks"]
        begin = time.monotonic()
        status, body = self.server.upload("/upload/process", [
            ("file", "process_me.txt", b"Large file content that needs processing...")])
        self.assertLess(time.monotonic() - begin, 2.5)  # the processing takes 3 s
        self.assertEqual((status, body["status"]), (200, "processing in background"))
        self.assertEqual(self.wait_for_tasks(before + 1)[-1], "File processed: process_me.txt")

    def wait_for_tasks(self, total):
        deadline = time.monotonic() + 15
        while time.monotonic() < deadline:
            log = self.server.get("/tasks/log")[1]
            if log["total_tasks"] >= total:
                return log["log"]
            time.sleep(0.05)
        self.fail(f"{total} tasks have not ended")


if __name__ == "__main__":
    unittest.main()
