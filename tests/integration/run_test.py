#!/usr/bin/env python3
"""serval::run as a user meets it: options, exit statuses, signals and log lines.  run_test.py <binary>"""
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

from running_app import App, read_all, wait_for

BINARY = sys.argv.pop(1)


def run(*options):
    return subprocess.run([BINARY, *options], capture_output=True, text=True, timeout=15)


class CommandLine(unittest.TestCase):
    def test_help_names_every_option(self):
        done = run("--help")
        self.assertEqual(done.returncode, 0)
        for option in ("--host", "--port", "--unix", "--unix-mode", "--listen", "--threads", "--pool-threads", "--log-level", "--no-access-log",
                       "--shutdown-timeout", "--hold-warning", "--print-openapi", "--version"):
            self.assertIn(option, done.stdout)

    def test_version_is_the_apps(self):
        done = run("--version")
        self.assertEqual((done.returncode, done.stdout.strip()), (0, "1.2.3"))

    def test_print_openapi_prints_it_and_does_not_start(self):
        done = run("--print-openapi", "--port", "1")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(json.loads(done.stdout)["info"], {"title": "Run test", "version": "1.2.3"})

    def test_a_bad_command_line_is_2_and_says_why(self):
        for options in (["--no-such-option"], ["--port", "x"], ["--port", "70000"], ["--port", "-1"], ["--log-level", "loud"],
                        ["--pool-threads", "0"], ["--threads", "-1"], ["--listen", "80"], ["--shutdown-timeout", "nan"], ["stray"]):
            with self.subTest(options=options):
                done = run(*options)
                self.assertEqual(done.returncode, 2)
                self.assertNotEqual(done.stderr.strip(), "")


class Start(unittest.TestCase):
    def test_a_port_in_use_is_1_and_named(self):
        with App(BINARY) as app:
            done = run("--port", str(app.port))
            self.assertEqual(done.returncode, 1)
            self.assertIn(f"127.0.0.1:{app.port}", done.stderr)
            self.assertRegex(done.stderr, "(?i)in use")

    def test_a_port_in_use_beside_another_is_1_and_named(self):
        with App(BINARY) as app, tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "socket")
            done = run("--port", "0", "--listen", f"unix:{path}", "--listen", f"127.0.0.1:{app.port}")
            self.assertEqual(done.returncode, 1)
            self.assertIn(f"127.0.0.1:{app.port}", done.stderr)
            self.assertNotIn("running on", done.stderr)
            self.assertFalse(os.path.exists(path))

    def test_all_places_are_named_and_listened_on(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "socket")
            with App(BINARY, "--listen", f"unix:{path}", "--listen", "127.0.0.1:0",
                     ready=r"running on http://127.0.0.1:(\d+), unix:\S+/socket, http://127.0.0.1:\d+ \(") as app:
                other = int(re.search(r"socket, http://127.0.0.1:(\d+)", app.err())[1])
                for family, place in ((socket.AF_INET, ("127.0.0.1", app.port)), (socket.AF_UNIX, path),
                                      (socket.AF_INET, ("127.0.0.1", other))):
                    with socket.socket(family) as connection:
                        connection.settimeout(15)
                        connection.connect(place)
                        connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
                        self.assertTrue(read_all(connection).startswith(b"HTTP/1.1 "))
                app.signal()
                self.assertEqual(app.wait(), 0)
                self.assertFalse(os.path.exists(path))

    def test_a_file_where_the_socket_should_be_is_1_and_left_alone(self):
        done = run("--unix", BINARY)
        self.assertEqual(done.returncode, 1)
        self.assertIn(BINARY, done.stderr)
        self.assertTrue(os.path.getsize(BINARY) > 0)

    def test_a_hook_may_throw_anything(self):
        done = subprocess.run([BINARY, "--port", "0"], capture_output=True, text=True, timeout=15,
                              env={**os.environ, "SERVAL_TEST_MODE": "throwing start"})
        self.assertEqual(done.returncode, 1)
        self.assertIn("Cannot start: an exception that is no std::exception", done.stderr)
        with App(BINARY, mode="throwing stop") as app:
            app.signal()
            self.assertEqual(app.wait(), 0)
            self.assertIn("A shutdown hook has failed: an exception that is no std::exception", app.err())

    def test_the_line_with_the_url_comes_when_signals_are_heeded(self):
        for _ in range(10):
            with App(BINARY) as app:
                app.signal()
                self.assertEqual(app.wait(), 0)


class Signals(unittest.TestCase):
    def connect(self, app):
        connection = app.connect()
        self.addCleanup(connection.close)
        return connection

    def test_sigterm_and_sigint_let_requests_end(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            with App(BINARY) as app:
                connection = self.connect(app)
                connection.sendall(b"GET /sleep/700 HTTP/1.1\r\nHost: a\r\n\r\n")
                time.sleep(0.1)
                app.signal(number)
                answer = read_all(connection)
                self.assertTrue(answer.startswith(b"HTTP/1.1 200 OK\r\n"), answer)
                self.assertIn(b"connection: close\r\n", answer)
                self.assertEqual(app.wait(), 0)

    def test_a_second_signal_ends_at_once(self):
        for target in ("/sleep/30000", "/stuck"):
            with self.subTest(target=target), App(BINARY) as app:
                connection = self.connect(app)
                connection.sendall(f"GET {target} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
                time.sleep(0.1)
                app.signal()
                wait_for(lambda: "Shutting down" in app.err(), "the message of the first signal")
                self.assertIsNone(app.process.poll())
                begin = time.monotonic()
                app.signal()
                self.assertEqual(app.wait(), 3)
                self.assertLess(time.monotonic() - begin, 5)  # half a second, but on a busy machine

    def test_requests_that_do_not_end_in_time_are_cancelled(self):
        with App(BINARY, "--shutdown-timeout", "0.2") as app:
            connection = self.connect(app)
            connection.sendall(b"GET /sleep/30000 HTTP/1.1\r\nHost: a\r\n\r\n")
            time.sleep(0.1)
            app.signal()
            self.assertTrue(read_all(connection).startswith(b"HTTP/1.1 503 "))
            self.assertEqual(app.wait(), 3)


    def test_a_signal_while_a_hook_starts_is_heeded(self):
        with App(BINARY, mode="slow start", ready="starting") as app:
            app.signal()
            self.assertEqual(app.wait(), 0)
            self.assertNotIn("Cannot start", app.err())

    def assert_second_signal_ends(self, app):
        app.signal()
        time.sleep(0.3)
        self.assertIsNone(app.process.poll())
        begin = time.monotonic()
        app.signal()
        self.assertEqual(app.wait(), 3)
        self.assertLess(time.monotonic() - begin, 5)

    def test_a_second_signal_ends_a_server_whose_loop_is_blocked(self):
        with App(BINARY) as app:
            self.connect(app).sendall(b"GET /block HTTP/1.1\r\nHost: a\r\n\r\n")
            time.sleep(0.1)
            self.assert_second_signal_ends(app)
            self.assertIn("abandoned", app.err())

    def test_a_second_signal_ends_a_server_whose_hook_does_not_end(self):
        with App(BINARY, mode="endless stop") as app:
            self.assert_second_signal_ends(app)

    def test_a_second_signal_ends_a_server_whose_log_blocks(self):
        with App(BINARY, mode="blocking sink") as app:
            self.connect(app).sendall(b"GET /alive HTTP/1.1\r\nHost: a\r\n\r\n")
            time.sleep(0.1)
            self.assert_second_signal_ends(app)

    def test_signals_are_heeded_that_the_parent_had_blocked(self):
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
        try:
            app = App(BINARY)
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
        with app:
            app.signal()
            self.assertEqual(app.wait(), 0)

    def test_programs_that_handlers_start_do_not_ignore_sigpipe(self):
        with App(BINARY) as app:
            ignored = re.search(r"SigIgn:\t([0-9a-f]+)\n", app.ask("/signals").decode())
            self.assertEqual(int(ignored[1], 16) & 1 << (signal.SIGPIPE - 1), 0)


class Pipe:
    """A pipe for a log; closed with the test."""

    def __init__(self, test):
        self.reader, self.writer = os.pipe()
        test.addCleanup(self.close)

    def close(self):
        for number in (self.reader, self.writer):
            try:
                os.close(number)
            except OSError:
                pass


class LogWithoutReader(unittest.TestCase):
    def ask_much(self, app, lines):
        """Requests whose lines are 2 KiB long."""
        with app.connect() as connection:
            request = f"GET /alive?{'x' * 2000} HTTP/1.1\r\nHost: a\r\n\r\n".encode()
            for _ in range(lines):
                connection.sendall(request)
                self.assertIn(b"200 OK", connection.recv(65536))

    def test_a_log_that_nobody_reads_stops_nothing(self):
        pipe = Pipe(self)
        with App(BINARY, stdout=pipe.writer) as app:
            self.ask_much(app, 700)  # more than the pipe and the queue take
            self.assertIn(b"200 OK", app.ask("/alive"))
            app.signal()
            self.assertEqual(app.wait(), 0)
            self.assertIn("Finished", app.err())

    def test_a_server_ends_whose_whole_log_is_not_read(self):
        pipe = Pipe(self)
        process = subprocess.Popen([BINARY, "--port", "0"], stdout=pipe.writer, stderr=pipe.writer)
        self.addCleanup(process.kill)
        begin = os.read(pipe.reader, 4096).decode()
        app = App.__new__(App)
        app.port = int(re.search(r"running on http://\S+:(\d+)", begin)[1])
        self.ask_much(app, 100)
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(15), 0)

    def test_a_host_outlives_the_reader_of_its_log(self):
        pipe = Pipe(self)
        with App(BINARY, mode="host", stdout=pipe.writer) as app:
            pipe.close()
            for _ in range(3):
                self.assertIn(b"200 OK", app.ask("/alive"))
                time.sleep(0.3)  # longer than lines are gathered
            self.assertIsNone(app.process.poll())


class Log(unittest.TestCase):
    def test_a_response_is_a_line_in_uvicorns_form(self):
        with App(BINARY) as app:
            with app.connect() as connection:
                port = connection.getsockname()[1]
                connection.sendall(b"GET /alive?x=1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
                read_all(connection)
            app.ask("/nowhere")
            line = f'INFO:     127.0.0.1:{port} - "GET /alive?x=1 HTTP/1.1" 200 OK\n'
            wait_for(lambda: line in app.out(), "the access line")
            wait_for(lambda: re.search(r'"GET /nowhere HTTP/1\.1" 404 Not Found\n', app.out()), "the second line")

    def test_what_a_client_sends_cannot_forge_a_line(self):
        with App(BINARY, "--log-level", "debug") as app:
            app.ask("/%0aINFO:%1b[31m")
            app.ask('/a"b\\c')
            with app.connect() as connection:
                connection.sendall(b"G\x1bT / HTTP/1.1\r\nHost: a\r\n\r\n")
                read_all(connection)
            wait_for(lambda: app.out().count("\n") >= 3, "three lines")
            app.signal()
            self.assertEqual(app.wait(), 0)
            text = app.out() + app.err()
            self.assertNotRegex(text, r"[^\n\x20-\x7e]")
            self.assertEqual(len(app.out().splitlines()), 3, app.out())
            self.assertIn("/%0aINFO:%1b[31m", app.out())
            self.assertIn('"G\\x1bT / HTTP/1.1" 400', app.out())

    def test_can_be_silent_about_responses(self):
        with App(BINARY, "--no-access-log") as app:
            app.ask("/alive")
            app.signal()
            self.assertEqual(app.wait(), 0)
            self.assertEqual(app.out(), "")


if __name__ == "__main__":
    unittest.main()
