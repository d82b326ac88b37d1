"""Large JSON that many clients post at a time: what those wait for who want little."""
import select
import time

from .kit import Figure, GoodClient, bench_server, crowd, latencies, percentile, read_answer, scenario

BODIES = 50
SIZE = 1_000_000  # bytes of each, and of its answer
ROUNDS = 4
LONGEST = 20.0  # ms, the good client's longest answer


def _list_of_models():
    """A body of nearly SIZE bytes."""
    items = []
    left = SIZE - 2
    while True:
        n = len(items)
        item = f'{{"id":{n},"station":"station {n}","celsius":{n % 40}.5,"tags":["a","b {n}"]}}'
        if (left := left - len(item) - 1) < 0:
            return f"[{','.join(items)}]".encode()
        items.append(item)


def _send(connections, bytes_of_each):
    """To all of them side by side."""
    left = {one.fileno(): (one, memoryview(bytes_of_each)) for one in connections}
    poll = select.epoll()
    for number in left:
        poll.register(number, select.EPOLLOUT)
    while left:
        for number, _ in poll.poll(20):
            one, rest = left[number]
            rest = rest[one.send(rest[:262144]):]
            left[number] = one, rest
            if not rest:
                poll.unregister(number)
                del left[number]
    poll.close()


def _post_rounds(connections, target, body):
    """Posts `body` on all connections so that the last bytes come together; the seconds that each round took."""
    head = f"POST {target} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    took = []
    for _ in range(ROUNDS):
        _send(connections, head.encode() + body[:-1])
        time.sleep(0.2)
        begin = time.monotonic()
        for one in connections:
            one.sendall(body[-1:])
        for one in connections:
            if read_answer(one):
                raise AssertionError("more than one answer")
        took.append(time.monotonic() - begin)
    return took


@scenario
def large_json(build):
    """50 bodies of 1 MB at a time are read, checked and echoed, by coroutine handlers."""
    body = _list_of_models()
    for target in ("/echo/list", "/echo/json"):
        with bench_server(build) as server:
            client = GoodClient(server.port, "/sleep?ms=0")
            with crowd(server.port, BODIES) as connections:
                took = sorted(_post_rounds(connections, target, body))
            yield Figure(f"{target}: a round of {BODIES} bodies", percentile(took, 0.5) * 1000, "ms")
            yield from latencies(f"{target}: good client", client.end(), longest=LONGEST)
