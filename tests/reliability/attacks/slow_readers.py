"""Clients that ask for much and read nothing: what the kernel holds for them, and for how long."""
import time

from .kit import Figure, bench_server, crowd, get, kernel_memory, scenario, wait_until

READERS = 400
MIB = 1024 * 1024


@scenario
def slow_readers(build):
    """400 clients with a small window ask for an endless stream and read nothing."""
    with bench_server(build) as server:
        before, orphans_before = kernel_memory()
        with crowd(server.port, READERS, get("/stream?count=100000000"), receive_buffer=4096):
            time.sleep(2)
            held, _ = kernel_memory()
            yield Figure("kernel memory for each reader", (held - before) / READERS / 1024, "KiB", 256)
            yield Figure("resident memory of the server", server.memory() / MIB, "MiB")
            wait_until(lambda: kernel_memory()[0] - before < 10 * MIB, 15)
            left, orphans = kernel_memory()
            yield Figure("kernel memory after they were cut off", (left - before) / MIB, "MiB", 10)
            yield Figure("orphans", orphans - orphans_before, "", 10)


@scenario
def unread_answers(build):
    """400 clients ask for 1 MB, say that it is their last request, and read nothing."""
    with bench_server(build) as server:
        before, _ = kernel_memory()
        with crowd(server.port, READERS, get("/blob?bytes=1000000", "Connection: close\r\n"), receive_buffer=4096):
            time.sleep(2)
            held, _ = kernel_memory()
            yield Figure("kernel memory for each reader", (held - before) / READERS / 1024, "KiB", 256)
            wait_until(lambda: kernel_memory()[0] - before < 10 * MIB, 15)
            yield Figure("kernel memory after they were cut off", (kernel_memory()[0] - before) / MIB, "MiB", 10)
