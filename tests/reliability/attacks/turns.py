"""Crowds that want something in the same turn of the loop: what a good client waits for meanwhile."""
import signal
import threading
import time

from .kit import Figure, GoodClient, bench_server, connect, crowd, drain_readable, get, latencies, reset, scenario

LATE = 5.0  # ms, a good client's 99th percentile
LONGEST = 100.0  # ms; a turn takes one or two, but a busy machine lets a process wait for tens


def _measured(build, attack, who="good client"):
    with bench_server(build) as server:
        yield from _measured_on(server, attack, who)


def _measured_on(server, attack, who):
    client = GoodClient(server.port)
    attack(server)
    yield from latencies(who, client.end(), LATE, LONGEST)


@scenario
def nothing(build):
    """The good client alone: what this machine gives."""
    yield from _measured(build, lambda _: time.sleep(3))


@scenario
def mass_expiry(build):
    """9 000 half heads expire in one tick."""
    with bench_server(build) as server:
        with crowd(server.port, 9000) as all_of_them:
            for one in all_of_them:
                one.sendall(b"GET / HTTP/1.1\r\nHost:")
            time.sleep(9)  # of the 10 s that a head has
            client = GoodClient(server.port)
            ended = drain_readable(all_of_them, 5)
            yield from latencies(f"good client ({len(ended)} expired)", client.end(), LATE, LONGEST)


@scenario
def waiting_handlers(build):
    """9 000 handlers wait; the sweep asks the kernel for each of their clients."""
    with bench_server(build) as server:
        with crowd(server.port, 9000, get("/sleep?ms=60000")):
            yield from _measured_on(server, lambda _: time.sleep(5), "good client")


@scenario
def mass_leaving(build):
    """5 000 clients of waiting streams leave at a time."""
    with bench_server(build) as server:
        with crowd(server.port, 5000, get("/events")) as all_of_them:
            drain_readable(all_of_them, 1)

            def leave(_):
                time.sleep(1)
                for one in all_of_them:
                    reset(one)
                time.sleep(2)

            yield from _measured_on(server, leave, "good client")


@scenario
def pipelining(build):
    """4 clients send 64 KiB of pipelined requests again and again."""
    batch = get("/json") * (64 * 1024 // len(get("/json")))

    def attack(server):
        over = threading.Event()

        def send():
            one = connect(server.port)
            one.setblocking(False)
            left = batch
            while not over.is_set():
                try:
                    left = left[one.send(left):] or batch
                except BlockingIOError:
                    pass
                try:
                    while one.recv(1 << 20):
                        pass
                except BlockingIOError:
                    time.sleep(0.001)
            one.close()

        senders = [threading.Thread(target=send) for _ in range(4)]
        for one in senders:
            one.start()
        time.sleep(4)
        over.set()
        for one in senders:
            one.join()

    yield from _measured(build, attack)


@scenario
def stopped(build):
    """The process stops for 6 s while 4 000 heads and bodies come in: nobody is late."""
    head = b"POST /users HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 63\r\n\r\n"
    body = b'{"username": "a", "email": "a@example.com", "full_name": "A B"}'
    with bench_server(build) as server:
        with crowd(server.port, 4000) as all_of_them:
            for i, one in enumerate(all_of_them):
                one.sendall(head[:50] if i % 2 else head + body[:9])
            time.sleep(4.5)
            server.process.send_signal(signal.SIGSTOP)
            for i, one in enumerate(all_of_them):
                one.sendall((head + body)[50:] if i % 2 else body[9:])
            time.sleep(6)
            server.process.send_signal(signal.SIGCONT)
            refused = sum(not one.recv(12).startswith(b"HTTP/1.1 200") for one in all_of_them)
            yield Figure("requests that were refused", refused, "", 0)
