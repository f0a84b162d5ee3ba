#!/usr/bin/env python3
"""The swarm manager over simulated engines: memory, processor time and latency beside its goals, one Markdown table.

bench/swarm.py BERTH BERTH_FLEET [--quick] [--nodes N,...] [--containers N] [--only PATTERN] [--json FILE]

For each number of nodes a fleet (berth-fleet run) and a manager (berth swarm manage) are started, measured and stopped. Fleet,
manager and clients share the machine: rates are of all together; processor time and memory are the manager's alone.
"""
import argparse
import fnmatch
import http.client
import json
import os
import pathlib
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import time

# Classic Swarm 1.2.9, measured before on a machine of this size.
CLASSIC = {
    100: {"cpu": "3 ms"},
    1_000: {"cpu": "13 ms", "memory": "1.2 GB"},
    10_000: {"cpu": "about 80 ms with 10,000 containers"},
}
CLASSIC_RATE = "crashes within a second of 16 parallel creates"


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=60)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


def processor_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_bytes(pid):
    for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Rss:"):
            return int(line.split()[1]) * 1024
    return 0


def wait_until(condition, seconds, what, step=0.1):
    """The seconds it took; an Error after too many."""
    begin = time.monotonic()
    while not condition():
        if time.monotonic() - begin > seconds:
            raise RuntimeError(f"not {what} after {seconds} s")
        time.sleep(step)
    return time.monotonic() - begin


class Program:
    """A process that is ended with the block."""

    def __init__(self, argv, log):
        self.log = open(log, "wb")
        self.process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=self.log, stderr=subprocess.STDOUT)
        self.pid = self.process.pid

    def check(self):
        if self.process.poll() is not None:
            said = pathlib.Path(self.log.name).read_text()[-2000:]
            raise RuntimeError(f"{self.process.args[0]} ended with {self.process.returncode}: {said}")

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.log.close()


class Cluster:
    """A fleet and a manager over it, in a folder of their own."""

    def __init__(self, options, nodes, containers):
        self.options, self.nodes, self.containers = options, nodes, containers
        self.folder = tempfile.TemporaryDirectory()
        folder = pathlib.Path(self.folder.name)
        self.control, self.socket, self.addresses = (str(folder / name) for name in ("control", "manager", "nodes"))
        self.manager = None
        self.fleet = Program([options.fleet, "run", "-n", str(nodes), "--containers", str(containers), "--base", options.base,
                              "--socket-control", self.control, "--addresses", self.addresses], folder / "fleet.log")
        wait_until(lambda: self.ready(self.control, self.fleet), 60, "a fleet")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for program in (self.manager, self.fleet):
            if program:
                program.stop()
        self.folder.cleanup()

    def ready(self, path, program):
        program.check()
        return os.path.exists(path)

    def tell(self, *words):
        done = subprocess.run([self.options.fleet, "tell", self.control, *words], capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def streams(self):
        self.manager.check()
        return json.loads(self.tell("status"))["streams"]

    def get(self, path):
        connection = UnixConnection(self.socket)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            body = answer.read()
            if answer.status != 200:
                raise RuntimeError(f"GET {path}: {answer.status} {body[:300]}")
            return json.loads(body)
        finally:
            connection.close()

    def states(self):
        """Status of each node by its name."""
        states, name = {}, None
        for key, value in self.get("/info")["DriverStatus"]:
            if key.startswith("  └ Status"):
                states[name] = value
            elif key.startswith(" ") and "└" not in key:
                name = key.strip()
        return states

    def healthy(self):
        self.manager.check()
        info = self.get("/info")
        count = sum(1 for key, value in info["DriverStatus"] if key == "  └ Status" and value == "Healthy")
        return count == self.nodes and info["Containers"] >= self.nodes * self.containers

    def start_manager(self):
        """Seconds until every node is healthy and its containers are known."""
        begin = time.monotonic()
        log = pathlib.Path(self.folder.name) / "manager.log"
        self.manager = Program([self.options.berth, "swarm", "manage", "--store", "memory:", "-H", "unix://" + self.socket,
                                "file://" + self.addresses], log)
        wait_until(lambda: self.ready(self.socket, self.manager), 30, "a manager", 0.02)
        # The fleet's count is cheap to ask for; the manager is asked when it has a stream to every node.
        wait_until(lambda: self.streams() >= self.nodes, 120, "connected to all nodes")
        wait_until(self.healthy, 120, "healthy", 0.2)
        return time.monotonic() - begin

    def load(self, work, *flags, host=None):
        argv = [self.options.fleet, "load", "-H", host or "unix://" + self.socket, "--json", "--pid", str(self.manager.pid),
                *flags, work]
        done = subprocess.run(argv, capture_output=True, text=True, timeout=300)
        if not done.stdout:
            raise RuntimeError(done.stderr.strip())
        report = json.loads(done.stdout)
        if report["failed"] > report["done"] / 100:
            raise RuntimeError(f"{report['failed']} of {report['done']} failed: {report['first_error']}")
        return report


class Bench:
    def __init__(self, options):
        self.options = options
        self.results = {}

    def row(self, name, goal, measure, classic="-", met=None):
        """`measure` returns the measured text and number; a failure is a row too."""
        if not fnmatch.fnmatch(name, self.options.only):
            return
        try:
            text, number = measure()
            verdict = "-" if met is None else "met" if met(number) else "falls short"
            self.results[name] = number
        except (RuntimeError, subprocess.SubprocessError, OSError, ValueError, http.client.HTTPException) as error:
            text, verdict = "not measured: " + " ".join(str(error).split())[:200], "falls short"
        print(f"| {name} | {goal} | {text} | {classic} | {verdict} |", flush=True)

    def size(self, nodes):
        each = self.options.containers
        # A manager has two connections to each node, and some for calls.
        most = (resource.getrlimit(resource.RLIMIT_NOFILE)[1] - 1600) // 2
        if nodes > most:
            each = -(-nodes * each // most)
            nodes = most
        try:
            with Cluster(self.options, nodes, each) as cluster:
                self.measure(cluster, f"{nodes:,} nodes, {nodes * each:,} containers")
        except RuntimeError as error:
            print(f"| {nodes:,} nodes | | not measured: {' '.join(str(error).split())[:200]} | | falls short |", flush=True)

    def measure(self, cluster, size):
        large = cluster.nodes > 5_000
        limit = 20 if large else 5
        classic = CLASSIC.get(cluster.nodes, CLASSIC[10_000] if large else {})
        seconds = cluster.start_manager()
        self.row(f"all healthy, {size}", f"{limit} s", lambda: (f"{seconds:.1f} s", seconds), met=lambda s: s <= limit)
        self.row(f"memory, {size}", "1.5 GB" if large else "-", lambda: self.memory(cluster), classic.get("memory", "-"),
                 (lambda size: size <= 1.5e9) if large else None)
        self.row(f"idle, {size}", "5 % of a core", lambda: self.idle(cluster), met=lambda part: part <= 0.05)
        if cluster.nodes * cluster.containers == 30_000:
            self.row("GET /containers/json, 30,000 containers", "150 ms", lambda: self.listing(cluster), met=lambda ms: ms <= 150)
        self.row(f"inspect through the manager, {size}", "+0.3 ms p50, +2 ms p99", lambda: self.proxy(cluster),
                 met=lambda added: added[0] <= 0.3 and added[1] <= 2)
        created = {}
        self.row(f"create + start, 64 clients, {size}", "3,000/s", lambda: self.create(cluster, created), CLASSIC_RATE,
                 lambda rate: rate >= 3000)
        self.row(f"CPU per create + start, {size}", "0.5 ms", lambda: self.cost(created), classic.get("cpu", "-"),
                 lambda ms: ms <= 0.5)
        noticed = 5 if large else 2
        self.row(f"killed node noticed, {size}", f"{noticed} s", lambda: self.notice(cluster, "kill", 2),
                 met=lambda s: s <= noticed)
        self.row(f"hung node noticed, {size}", "10 s", lambda: self.notice(cluster, "hang", 3), met=lambda s: s <= 10)

    def memory(self, cluster):
        resident = resident_bytes(cluster.manager.pid)
        return f"{resident / 1e6:,.0f} MB", resident

    def idle(self, cluster):
        length = 5 if self.options.quick else 20
        before = processor_seconds(cluster.manager.pid)
        time.sleep(length)
        part = (processor_seconds(cluster.manager.pid) - before) / length
        return f"{part * 100:.1f} %", part

    def listing(self, cluster):
        report = cluster.load("list", "--clients", "1", "--count", "10" if self.options.quick else "30")
        return f"{report['p50_ms']:.0f} ms, {report['bytes'] / report['done'] / 1e6:.0f} MB", report["p50_ms"]

    def proxy(self, cluster):
        flags = ["--clients", "1", "--count", "2000" if self.options.quick else "10000", "--container", "node-00001-1"]
        first = "tcp://" + pathlib.Path(cluster.addresses).read_text().split()[0]
        direct, through = cluster.load("inspect", *flags, host=first), cluster.load("inspect", *flags)
        added = [through[part] - direct[part] for part in ("p50_ms", "p99_ms")]
        text = (f"p50 {through['p50_ms']:.3f} ms (direct {direct['p50_ms']:.3f}), "
                f"p99 {through['p99_ms']:.3f} ms (direct {direct['p99_ms']:.3f})")
        return text, added

    def create(self, cluster, created):
        count = "2000" if self.options.quick else "10000"
        created.update(cluster.load("create-start", "--clients", "64", "--count", count))
        return f"{created['rate']:,.0f}/s, p99 {created['p99_ms']:.0f} ms", created["rate"]

    def cost(self, created):
        if not created:
            raise RuntimeError("nothing was created")
        return f"{created['cpu_each_ms']:.2f} ms", created["cpu_each_ms"]

    def notice(self, cluster, fault, node):
        """Seconds until the manager's info says so; its size bounds how often it is asked for."""
        name = f"node-{node:05}"
        begin = time.monotonic()
        cluster.tell(fault, str(node))
        wait_until(lambda: cluster.states().get(name) != "Healthy", 30, f"noticed that {name} is gone",
                   min(0.5, cluster.nodes / 10_000))
        seconds = time.monotonic() - begin
        cluster.tell("return", str(node))
        return f"{seconds:.1f} s", seconds


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("berth")
    parser.add_argument("fleet")
    parser.add_argument("--quick", action="store_true", help="fewer operations")
    parser.add_argument("--nodes", default="100,1000,10000", help="sizes of cluster, with commas between")
    parser.add_argument("--containers", type=int, default=30, help="on each node from the beginning")
    parser.add_argument("--base", default="127.20.0.1", help="address of the first engine")
    parser.add_argument("--only", default="*", help="rows whose name matches this pattern")
    parser.add_argument("--json", help="file to write what was measured to")
    options = parser.parse_args()
    print("| what | goal | measured | classic Swarm 1.2.9 | |\n|---|---|---|---|---|", flush=True)
    bench = Bench(options)
    for nodes in options.nodes.split(","):
        bench.size(int(nodes))
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(bench.results, indent=1) + "\n")


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is stopped
    main()
