"""Those who come while the server is busy, or full."""
import multiprocessing
import shutil
import subprocess
import time

from .kit import Figure, Server, bench_server, connect, crowd, get, latencies, read_answer, scenario

ANSWERED = 50.0  # ms from connect to the end of the answer, 99th percentile


def _visit(port):
    """Connects, asks, reads the answer; returns the milliseconds that this took, until connected and in all."""
    begin = time.perf_counter()
    with connect(port) as one:
        connected = time.perf_counter()
        one.sendall(get("/json", "Connection: close\r\n"))
        read_answer(one)
    return (connected - begin) * 1000, (time.perf_counter() - begin) * 1000


def _visit_often(port, seconds, pause, pipe):
    end = time.monotonic() + seconds
    visits = []
    while time.monotonic() < end:
        visits.append(_visit(port))
        time.sleep(pause)
    pipe.send(visits)


def _visits(port, seconds, pause=0.01):
    """In a process of its own; sorted, in all."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.Process(target=_visit_often, args=(port, seconds, pause, theirs), daemon=True)
    process.start()
    visits = ours.recv()
    process.join()
    return sorted(in_all for _, in_all in visits)


def _under_load(build, threads):
    wrk = shutil.which("wrk")
    if wrk is None:
        yield Figure("no wrk here", 0, "")
        return
    with bench_server(build, threads) as server:
        load = subprocess.Popen([wrk, "-t1", "-c256", "-d9s", f"http://127.0.0.1:{server.port}/blob?bytes=50000"],
                                stdout=subprocess.PIPE, text=True)
        time.sleep(1)
        yield from latencies(f"newcomer, {threads} loop(s)", _visits(server.port, 6), ANSWERED)
        output = load.communicate()[0]
        rate = next((line.split()[1] for line in output.splitlines() if line.startswith("Requests/sec")), "0")
        yield Figure("the others meanwhile", float(rate), "requests/s")


@scenario
def newcomers(build):
    """Newcomers while 256 keep-alive clients ask for 50 KB each, without a pause."""
    yield from _under_load(build, 1)


@scenario
def newcomers_two_loops(build):
    """The same on two loops."""
    yield from _under_load(build, 2)


@scenario
def full_house(build):
    """Newcomers where 800 idle keep-alive connections are all that may be."""
    few = ("prlimit", "--nofile=1000:1000")  # of which 80 % are for connections
    with Server(*few, build / "benchmarks/bench_server", 0, 2) as server:
        with crowd(server.port, 800) as guests:
            for one in guests:
                one.sendall(get("/json"))
                read_answer(one)
            time.sleep(1)  # until all are idle
            times = _visits(server.port, 5)
            yield from latencies("newcomer", times, ANSWERED)
            gone = 0
            for one in guests:
                one.settimeout(0.001)
                try:
                    gone += one.recv(1) == b""
                except TimeoutError:
                    pass
            yield Figure("guests who made room", gone, "")


@scenario
def full_house_arrival(build):
    """400 newcomers at a time where 800 idle connections are all that may be."""
    few = ("prlimit", "--nofile=1000:1000")
    with Server(*few, build / "benchmarks/bench_server", 0, 1) as server:
        with crowd(server.port, 800) as guests:
            for one in guests:
                one.sendall(get("/json"))
                read_answer(one)
            time.sleep(1)
            begin = time.perf_counter()
            with crowd(server.port, 400, get("/json")) as many:
                times = []
                for one in many:
                    read_answer(one)
                    times.append((time.perf_counter() - begin) * 1000)
            yield from latencies("newcomer", sorted(times))
