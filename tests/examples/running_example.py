"""Starts an example on a free port, and talks to it."""
import http.client
import json
import re
import signal
import subprocess
import threading
import time


class RunningExample:
    """A process that serves; a context that ends it with SIGTERM and checks that it ended well."""

    def __init__(self, *command):
        self.process = subprocess.Popen([*command, "--port", "0"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                        text=True)
        self.log = []
        self.port = self._announced_port()
        self.reader = threading.Thread(target=self._drain, daemon=True)  # a full pipe would block the server
        self.reader.start()

    def _announced_port(self):
        for line in self.process.stderr:
            self.log.append(line)
            if found := re.search(r"http://127\.0\.0\.1:(\d+)", line):
                return int(found[1])
        raise AssertionError(f"it ended without saying where it listens:\n{''.join(self.log)}")

    def _drain(self):
        self.log.extend(self.process.stderr)

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        self.reader.join()
        self.process.stderr.close()
        if exception == (None, None, None) and code != 0:
            raise AssertionError(f"exit status {code}:\n{''.join(self.log)}")

    def connect(self, timeout=20):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)

    def get(self, target):
        """The status, the body as JSON, and the seconds that it took."""
        connection = self.connect()
        begin = time.monotonic()
        connection.request("GET", target)
        response = connection.getresponse()
        body = response.read()
        connection.close()
        return response.status, json.loads(body), time.monotonic() - begin

    def post(self, target, value):
        """Posts JSON; gives the status and the body as JSON."""
        connection = self.connect()
        connection.request("POST", target, json.dumps(value), {"Content-Type": "application/json"})
        response = connection.getresponse()
        answer = json.loads(response.read())
        connection.close()
        return response.status, answer

    def upload(self, target, files):
        """Posts (field, filename, content) as a form; gives the status and the body as JSON."""
        boundary = "----example-test"
        body = b"".join(f'--{boundary}\r\nContent-Disposition: form-data; name="{field}"; filename="{name}"\r\n'
                        "Content-Type: application/octet-stream\r\n\r\n".encode() + content + b"\r\n"
                        for field, name, content in files) + f"--{boundary}--\r\n".encode()
        connection = self.connect()
        connection.request("POST", target, body, {"Content-Type": f"multipart/form-data; boundary={boundary}"})
        response = connection.getresponse()
        answer = json.loads(response.read())
        connection.close()
        return response.status, answer

    def get_all(self, targets):
        """The same for several requests at once, in the order of `targets`."""
        answers = [None] * len(targets)

        def ask(i):
            answers[i] = self.get(targets[i])

        threads = [threading.Thread(target=ask, args=(i,)) for i in range(len(targets))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return answers
