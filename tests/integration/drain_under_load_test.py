"""SIGTERM to the example while it works hard: drain_under_load_test.py <async_operations> [rounds]

wrk asks on 64 kept connections; beside it 10 handlers take 3 s, 5 streams take 2.5 s, and 100 registrations leave 200
background tasks, half of which take 2 s. Then comes SIGTERM. No request that had arrived may be lost, every stream must
be whole, every task must finish, and the program must end within a second of the last of them. Ends with 77 without wrk.
"""
import http.client
import json
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time

LONGEST = 3.0  # seconds of what is in flight
ALLOWED = 1.0


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Round:
    def __init__(self, binary):
        self.port = free_port()
        self.server = subprocess.Popen([binary, "--port", str(self.port), "--no-access-log"], stdout=subprocess.PIPE,
                                       stderr=subprocess.DEVNULL, text=True)
        self.printed = []
        self.reader = threading.Thread(target=lambda: self.printed.extend(self.server.stdout))
        self.reader.start()
        self.problems = []
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                break
            except OSError:
                time.sleep(0.02)

    def ask(self, method, target, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request(method, target, body, {"Content-Type": "application/json"} if body else {})
        response = connection.getresponse()
        content = response.read()  # throws when a stream breaks off
        connection.close()
        return response.status, content

    def expect(self, what, method, target, is_right):
        try:
            status, content = self.ask(method, target)
            if status != 200 or not is_right(content):
                self.problems.append(f"{what}: {status} {content[:100]!r}")
        except (OSError, http.client.HTTPException) as error:
            self.problems.append(f"{what}: {error!r}")

    def run(self):
        user = json.dumps({"username": "ada", "email": "ada@example.com", "full_name": "Ada"})
        for _ in range(100):
            self.ask("POST", "/users/register", user)
        load = subprocess.Popen(["wrk", "-t1", "-c64", "-d3s", f"http://127.0.0.1:{self.port}/async/fetch?delay=0"],
                                stdout=subprocess.PIPE, text=True)
        numbers = "".join(f"Number: {i}\n" for i in range(25)).encode()
        threads = [threading.Thread(target=self.expect, args=("a handler", "GET", "/concurrent/slow?delay=3",
                                                              lambda content: b'"delay":3' in content))
                   for _ in range(10)]
        threads += [threading.Thread(target=self.expect, args=("a stream", "GET", "/stream/numbers?count=25",
                                                               lambda content: content == numbers))
                    for _ in range(5)]
        begin = time.monotonic()
        for thread in threads:
            thread.start()
        time.sleep(0.5)  # all has arrived, and wrk is in full swing
        self.server.send_signal(signal.SIGTERM)
        code = self.server.wait(30)
        seconds = time.monotonic() - begin
        for thread in threads:
            thread.join()
        self.reader.join()
        out = load.communicate()[0]
        self.judge(code, seconds, out)
        return seconds, out

    def judge(self, code, seconds, wrk):
        if code != 0:
            self.problems.append(f"exit status {code}")
        if seconds > LONGEST + ALLOWED:
            self.problems.append(f"it took {seconds:.2f} s to end")
        ended = len(re.findall("^Email sent to ada@example.com", "".join(self.printed), re.M))
        if ended != 100:
            self.problems.append(f"{ended} of 100 slow tasks have ended")
        # Failed writes are wrk's vain attempts to connect again: nothing of those requests has arrived.
        if errors := re.search(r"connect \d+, read (\d+), write \d+, timeout (\d+)", wrk):
            if any(map(int, errors.groups())):
                self.problems.append(f"wrk: {errors[0]}")
        if "Non-2xx" in wrk:
            self.problems.append(wrk)


def main():
    if not shutil.which("wrk"):
        return 77
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    for number in range(1, rounds + 1):
        one = Round(sys.argv[1])
        seconds, wrk = one.run()
        answered = re.search(r"(\d+) requests in", wrk)
        print(f"round {number}: ended {seconds:.2f} s after the 3 s handlers began; wrk had {answered[1]} answers",
              flush=True)
        if one.problems:
            print("\n".join(one.problems))
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
