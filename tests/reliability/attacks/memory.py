"""What a flood leaves behind in memory."""
import time

from .kit import Figure, GoodClient, bench_server, crowd, latencies, scenario, wait_until

MEBIBYTE = 1024 * 1024
LEFT = 64.0  # MiB more than before the flood: what is not worth a trim


def _body_that_stays_away(size):
    """Of a JSON body all but the last byte."""
    body = b'{"a":[' + b"1," * ((size - 8) // 2)
    head = f"POST /users HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: {len(body) + 1}\r\n\r\n"
    return head.encode() + body


@scenario
def flood_memory(build):
    """7 000 bodies of 110 KB come at a time, but for their last bytes, and their clients leave."""
    with bench_server(build) as server:
        before = server.memory()
        with crowd(server.port, 7000, _body_that_stays_away(110_000)):
            wait_until(lambda: server.memory() > before + 700 * MEBIBYTE, 5)
            highest = server.memory()
        begin = time.monotonic()
        client = GoodClient(server.port)
        wait_until(lambda: server.memory() < before + LEFT * MEBIBYTE, 12)
        took = time.monotonic() - begin
        time.sleep(1)
        yield Figure("before", before / MEBIBYTE, "MiB")
        yield Figure("highest", highest / MEBIBYTE, "MiB")
        yield Figure("more than before, after the flood", (server.memory() - before) / MEBIBYTE, "MiB", LEFT)
        yield Figure("which took", took, "s")
        yield from latencies("good client meanwhile", client.end())
