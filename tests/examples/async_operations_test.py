"""The example `async_operations`, as a user runs it: sections 1, 2, 3, 5 and 6 of the notebook over real sockets."""
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import time
import unittest

from running_example import RunningExample

BINARY = sys.argv.pop()


class AsyncOperations(unittest.TestCase):
    def test_endpoints_answer_as_in_the_notebook(self):
        with RunningExample(BINARY) as server:
            self.assertEqual(server.get("/async/sleep/0")[:2], (200, {
                "type": "async", "slept_for": 0, "message": "Slept for 0 seconds (non-blocking)"}))
            self.assertEqual(server.get("/sync/sleep/-1")[:2], (200, {
                "type": "sync", "slept_for": -1, "message": "Slept for -1 seconds (blocking)"}))
            status, body, _ = server.get("/sync/compute?n=20")
            self.assertEqual((status, body["result"], list(body)), (200, 6765, ["n", "result", "elapsed_ms", "note"]))
            self.assertIsInstance(body["elapsed_ms"], float)

    def test_sleeping_takes_its_time(self):
        with RunningExample(BINARY) as server:
            status, body, seconds = server.get("/async/fetch")
            self.assertEqual(status, 200)
            self.assertGreaterEqual(body["elapsed_ms"], 1000)
            self.assertGreaterEqual(seconds, 1)

    def test_requests_overlap(self):
        with RunningExample(BINARY) as server:
            begin = time.monotonic()
            answers = server.get_all([f"/concurrent/slow?delay=1&request_id=req_{i}" for i in range(5)])
            self.assertLess(time.monotonic() - begin, 4)  # one after the other they would take 5
            bodies = [body for _, body, _ in answers]
            self.assertEqual([body["request_id"] for body in bodies], [f"req_{i}" for i in range(5)])
            self.assertEqual(max(body["concurrent_requests_during_processing"] for body in bodies), 5)
            stats = server.get("/concurrent/stats")[1]
            self.assertEqual((stats["current_active"], stats["total_processed"]), (0, 5))

    def test_several_loops_count_right(self):
        with RunningExample(BINARY, "--threads", "4") as server:
            for _ in range(10):
                server.get_all(["/concurrent/slow?delay=0"] * 10)
            stats = server.get("/concurrent/stats")[1]
            self.assertEqual((stats["current_active"], stats["total_processed"]), (0, 100))

    def test_a_huge_computation_leaves_the_server_usable_and_ends_with_its_client(self):
        with RunningExample(BINARY) as server:
            clients = [server.connect() for _ in range(3)]
            for client in clients:
                client.request("GET", "/sync/compute?n=90")  # years
            for target in ("/async/fetch?delay=0", "/sync/sleep/0", "/sync/compute?n=10"):
                status, _, seconds = server.get(target)
                self.assertEqual(status, 200)
                self.assertLess(seconds, 5)
            for client in clients:
                client.close()
        # Leaving the block stops the server: it would wait 30 s for a computation that goes on, and the test fails.

    def test_uploads_are_saved_in_the_upload_dir(self):
        with tempfile.TemporaryDirectory() as top:
            directory = pathlib.Path(top) / "up" / "loads"  # made by the server
            for option in (["--upload-dir", str(directory)], [f"--upload-dir={directory}"]):
                with RunningExample(BINARY, *option) as server:
                    content = random.randbytes(3_000_000)
                    status, body = server.upload("/upload/file", [("file", "../a b.bin", content)])
                    self.assertEqual(status, 200)
                    self.assertEqual(list(body),
                                     ["filename", "content_type", "size_bytes", "saved_to", "upload_time_ms"])
                    self.assertEqual((body["filename"], body["size_bytes"], body["saved_to"]),
                                     ("a b.bin", len(content), str(directory / "a b.bin")))
                    self.assertEqual((directory / "a b.bin").read_bytes(), content)
            self.assertEqual([entry.name for entry in directory.iterdir()], ["a b.bin"])

    def test_background_tasks_run_after_the_response_and_before_the_end(self):
        user = {"username": "testuser", "email": "test@example.com", "full_name": "Test User"}
        with RunningExample(BINARY) as server:
            begin = time.monotonic()
            self.assertEqual(server.post("/users/register", user), (200, {
                "message": "Registration successful", "username": "testuser", "email": "test@example.com",
                "note": "Welcome email will be sent shortly"}))
            self.assertLess(time.monotonic() - begin, 1.5)
            while server.get("/tasks/log")[1]["total_tasks"] < 2:
                self.assertLess(time.monotonic() - begin, 10)
                time.sleep(0.1)
            self.assertGreaterEqual(time.monotonic() - begin, 2)
            log = server.get("/tasks/log")[1]["log"]
            self.assertRegex(log[0], r"^\[\d{4}-\d\d-\d\dT[\d:.]+\] User registered: testuser$")
            self.assertEqual(log[1], "Email sent to test@example.com: Welcome!")
            begin = time.monotonic()
            server.post("/users/register", user)
        self.assertGreaterEqual(time.monotonic() - begin, 2, "the end waits for the email")

    def test_old_uploads_are_removed_when_asked_for(self):
        with tempfile.TemporaryDirectory() as directory:
            old, new = pathlib.Path(directory) / "old", pathlib.Path(directory) / "new"
            for file in (old, new):
                file.write_text("x")
            os.utime(old, (0, time.time() - 101))
            with RunningExample(BINARY, "--upload-dir", directory):
                self.assertTrue(old.exists(), "a directory of the user's is not cleaned unasked")
            with RunningExample(BINARY, "--upload-dir", directory, "--upload-max-age", "100"):
                self.assertEqual((old.exists(), new.exists()), (False, True))

    def test_bad_options_are_refused(self):
        for options, message in ((["--upload-dir"], "--upload-dir"), (["--upload-max-age", "x"], "--upload-max-age"),
                                 (["--upload-max-age=-1"], "--upload-max-age"), (["--upload-dir="], "--upload-dir")):
            refused = subprocess.run([BINARY, *options], capture_output=True, text=True, timeout=20)
            self.assertEqual(refused.returncode, 2, options)
            self.assertIn(message, refused.stderr)

    def test_an_upload_dir_that_cannot_be_made_is_an_error_at_the_start(self):
        failed = subprocess.run([BINARY, "--port", "0", "--upload-dir", "/proc/uploads"], capture_output=True, text=True,
                                timeout=20)
        self.assertEqual(failed.returncode, 1)
        self.assertIn("/proc/uploads", failed.stderr)

    def test_help_names_all_options(self):
        shown = subprocess.run([BINARY, "--help"], capture_output=True, text=True, timeout=20)
        self.assertEqual(shown.returncode, 0)
        for option in ("--upload-dir", "--upload-max-age", "--host", "--port", "--threads"):
            self.assertIn(option, shown.stdout)


if __name__ == "__main__":
    unittest.main()
