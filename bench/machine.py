#!/usr/bin/env python3
"""`berth machine` against its goals, in one run: machines on this computer (driver local) and real Debian hosts (tools/testhost).

bench/machine.py BERTH TESTHOST [--only PATTERN] [--dockerd PATH] [--hosts N]

Needs root. Everything is made in a store, a lab and a subnet of its own and removed again. Times are wall seconds; of what takes
milliseconds the median of 21 runs. docker-machine's numbers, where they stand, are from its last version on such hosts.
"""
import argparse
import fnmatch
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time


class Machines:
    """`berth machine` over a store of its own."""

    def __init__(self, berth, folder):
        self.berth = berth
        self.environment = dict(os.environ, MACHINE_STORAGE_PATH=folder, MACHINE_DOCKER_CONTEXTS="0")
        self.folder = folder

    def run(self, *arguments, check=True):
        begin = time.monotonic()
        done = subprocess.run([self.berth, "machine", *arguments], env=self.environment, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True)
        wall = time.monotonic() - begin
        if check and done.returncode != 0:
            sys.exit(f"berth machine {' '.join(arguments)}: exit code {done.returncode}\n{done.stderr[-2000:]}")
        return wall

    def lines(self, *arguments):
        """Seconds until the first line, until the second (a table's first row), and until the end."""
        begin = time.monotonic()
        process = subprocess.Popen([self.berth, "machine", *arguments], env=self.environment, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        times = []
        for _ in process.stdout:
            times.append(time.monotonic() - begin)
        process.wait()
        return times, time.monotonic() - begin

    def names(self):
        done = subprocess.run([self.berth, "machine", "ls", "-q"], env=self.environment, capture_output=True, text=True)
        return done.stdout.split()


class Bench:
    def __init__(self, options, folder):
        self.options = options
        self.folder = folder
        self.machines = Machines(options.berth, os.path.join(folder, "store"))
        self.host_environment = dict(os.environ, TESTHOST_LAB=f"bench{os.getpid()}")

    def wanted(self, name):
        return fnmatch.fnmatch(name, self.options.only)

    def row(self, what, goal, measured, before, met):
        print(f"| {what} | {goal} | {measured} | {before} | {'met' if met else 'falls short'} |", flush=True)

    def local(self):
        names = [f"local-{i}" for i in range(10)]
        create = ["create", "-d", "local", "--local-subnet", self.options.subnet]
        if self.options.dockerd:
            create += ["--local-dockerd", self.options.dockerd]
        if self.wanted("local"):
            wall = self.machines.run(*create, *names)
            self.row("local: 10 machines with engines", "6 s", f"{wall:.1f} s", "-", wall < 6)
        else:
            self.machines.run(*create, *names[:1])
        if self.wanted("commands"):
            self.commands(names[0])
        if self.wanted("ls"):
            self.ls(names)
        present = self.machines.names()
        wall = self.machines.run("rm", "-f", *[name for name in names if name in present])
        if self.wanted("local"):
            self.row("local: rm of 10", "3 s", f"{wall:.1f} s", "-", wall < 3)

    def commands(self, name):
        for command in ("env", "ip", "url", "status", "inspect"):
            extra = ["--shell", "bash"] if command == "env" else []
            wall = statistics.median(self.machines.run(command, *extra, name) for _ in range(21))
            self.row(f"{command}", "5 ms", f"{wall * 1000:.1f} ms", "15-30 ms", wall < 0.005)

    def ls(self, names):
        present = [name for name in names if name in self.machines.names()]
        if len(present) == 10:
            _, wall = self.machines.lines("ls")
            self.row("ls, 10 machines that are up", "-", f"{wall * 1000:.0f} ms", "-", True)
        dead = Machines(self.options.berth, os.path.join(self.folder, "dead"))
        # They take a connection and never say a word: what is called is this computer alone.
        silent = [socket.create_server(("127.0.0.1", 0)) for _ in range(9)]
        for i, one in enumerate(silent):
            dead.run("create", "-d", "none", "--url", f"tcp://127.0.0.1:{one.getsockname()[1]}", f"dead-{i}")
        there, here = (os.path.join(each.folder, "machines", present[0]) for each in (self.machines, dead))
        os.mkdir(here)
        for name in os.listdir(there):  # its record and certificates, not what its engine has
            if os.path.isfile(os.path.join(there, name)):
                shutil.copy(os.path.join(there, name), here)
        times, wall = dead.lines("ls", "-t", "2")
        first = times[1] if len(times) > 1 else wall
        self.row("ls, 9 of 10 silent: first row", "100 ms", f"{first * 1000:.0f} ms", "at the end", first < 0.1)
        self.row("ls -t 2, 9 of 10 silent: the end", "2 s", f"{wall:.2f} s", "-", wall < 2.2)

    def testhost(self, *arguments):
        return subprocess.run([self.options.testhost, *arguments], env=self.host_environment, check=True,
                              capture_output=True, text=True).stdout

    def logins(self, host):
        log = self.testhost("exec", host, "sh", "-c", "journalctl -q -o cat -u ssh | grep -c '^Accepted' || true")
        return int(log.strip() or 0)

    def hosts(self):
        if not self.wanted("hosts"):
            return
        count = self.options.hosts
        key = os.path.join(self.folder, "key")
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
        names = ["one"] + [f"many-{i}" for i in range(count)]
        bare = ["bare"] + [f"bare-{i}" for i in range(count)]
        try:
            listed = self.testhost("create", "--key", key + ".pub", *names)
            addresses = dict(line.split()[:2] for line in listed.splitlines())
            one = self.generic("one", addresses["one"], key)
            connections = self.logins("one")
            self.row("generic: create, packages cached", "9 s", f"{one:.1f} s", "15 s", one <= 9)
            self.row("generic: connections of a create", "1", str(connections), "22", connections <= 1)
            wall = self.at_once(lambda name: self.generic(name, addresses[name], key), names[1:])
            self.row(f"generic: {count} hosts at once", f"{one * 1.5:.1f} s", f"{wall:.1f} s ({wall / one:.1f}x of one)",
                     "-", wall <= one * 1.5)
            # What no tool gets below: the packages alone. The hosts share this computer's processors.
            self.testhost("remove", "--all")
            self.testhost("create", "--key", key + ".pub", *bare)
            floor = self.at_once(self.install, bare[:1])
            floors = self.at_once(self.install, bare[1:])
            self.row("apt-get alone on such a host", "-", f"{floor:.1f} s", "-", True)
            self.row(f"apt-get alone on {count} at once", "-", f"{floors:.1f} s ({floors / floor:.1f}x of one)", "-", True)
        finally:
            self.testhost("remove", "--all")

    @staticmethod
    def at_once(what, names):
        begin = time.monotonic()
        threads = [threading.Thread(target=what, args=(name,)) for name in names]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return time.monotonic() - begin

    def install(self, host):
        self.testhost("exec", host, "sh", "-c", "DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends "
                      "install docker.io > /dev/null 2>&1")

    def generic(self, name, address, key):
        return self.machines.run("create", "-d", "generic", "--generic-ip-address", address, "--generic-ssh-user", "debian",
                                 "--generic-ssh-key", key, name)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("berth")
    parser.add_argument("testhost")
    parser.add_argument("--only", default="*", help="local, commands, ls or hosts; a pattern")
    parser.add_argument("--dockerd", default="", help="engine of the local machines")
    parser.add_argument("--hosts", type=int, default=8)
    parser.add_argument("--subnet", default="198.18.128.0/17")
    options = parser.parse_args()
    options.berth = os.path.abspath(options.berth)
    folder = tempfile.mkdtemp(prefix="berth-bench-")
    bench = Bench(options, folder)
    print("| what | goal | measured | docker-machine | |\n|---|---|---|---|---|", flush=True)
    try:
        if any(bench.wanted(name) for name in ("local", "commands", "ls")):
            bench.local()
        bench.hosts()
    finally:
        left = bench.machines.names()
        if left:
            bench.machines.run("rm", "-f", *left, check=False)
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
