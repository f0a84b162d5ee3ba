#!/usr/bin/env python3
"""Berth beside docker compose on one engine, in one run: wall seconds, peak memory and their ratios.

bench/compose.py BERTH DOCKER_COMPOSE [FLOOR] [--quick] [--only PATTERN]

The engine is that of DOCKER_HOST (or the docker CLI's default) and needs the image berth/test:1 (tools/test-image). FLOOR is
bench_floor of the release build: the same engine calls from a bare loop. Runs alternate (A B A B ...) so that drift of the
machine hits both; medians are printed. The load is local: one engine, at most 50 containers.
"""
import argparse
import fnmatch
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time


class Run:
    """What one command took. GNU time stands between, as a process's peak memory counts what its parent had at the fork."""

    def __init__(self, argv, cwd):
        with tempfile.NamedTemporaryFile("r") as report:
            begin = time.monotonic()
            done = subprocess.run(["time", "-f", "%M %U %S", "-o", report.name] + argv, cwd=cwd, stdin=subprocess.DEVNULL,
                                  stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
            self.wall = time.monotonic() - begin
            if done.returncode != 0:
                sys.exit(f"{' '.join(argv)}: exit code {done.returncode}\n{done.stderr.decode()[-2000:]}")
            memory, user, system = report.read().split()
            self.memory = int(memory) / 1024
            self.cpu = float(user) + float(system)


def median(runs, field):
    return statistics.median(getattr(run, field) for run in runs)


class Bench:
    def __init__(self, options):
        self.options = options
        self.tools = [("berth", [options.berth, "compose"]), ("docker compose", [options.docker_compose])]
        self.rows = []

    def wanted(self, name):
        return fnmatch.fnmatch(name, self.options.only)

    def row(self, name, runs, floor=None):
        ours, theirs = (median(runs[tool], "wall") for tool, _ in self.tools)
        memory = [median(runs[tool], "memory") for tool, _ in self.tools]
        floor_text = f"{floor:.3f}" if floor is not None else "-"
        line = (f"| {name} | {ours:.3f} | {theirs:.3f} | {floor_text} | {theirs / ours:.1f}x | "
                f"{memory[0]:.1f} | {memory[1]:.1f} | {memory[1] / memory[0]:.1f}x |")
        self.rows.append(line)
        print(line, flush=True)

    def floor(self, what, count):
        if not self.options.floor:
            return None
        times = subprocess.run([self.options.floor, what, str(count)], check=True, capture_output=True, text=True)
        return float(times.stdout)

    def life_cycle(self, count, times):
        """up, up again, ps and down of one project, with each tool in turn."""
        phases = {"up -d": ["up", "-d"], "up -d, no change": ["up", "-d"], "ps": ["ps"], "down": ["down", "-t", "1"]}
        names = {phase: f"{phase}, {count} services" for phase in phases}
        if not any(self.wanted(name) for name in names.values()):
            return
        with tempfile.TemporaryDirectory() as folder:
            write(folder, services(count, ["image: berth/test:1"]))
            runs = {phase: {tool: [] for tool, _ in self.tools} for phase in phases}
            for _ in range(times):
                for tool, argv in self.tools:
                    for phase, words in phases.items():
                        runs[phase][tool].append(Run(argv + ["-p", "bench"] + words, folder))
            for phase in phases:
                floor = self.floor({"up -d": "up", "down": "down"}[phase], count) if phase in ("up -d", "down") else None
                self.row(names[phase], runs[phase], floor)

    def chain(self, length, times):
        name = f"chain of {length}, each healthy at once"
        if not self.wanted(name):
            return
        with tempfile.TemporaryDirectory() as folder:
            text = "services:\n"
            for i in range(length):
                text += (f"  s{i:02}:\n    image: berth/test:1\n    healthcheck: {{test: [CMD, 'true'], interval: 50ms, "
                         "timeout: 5s, retries: 3}\n")
                if i:
                    text += f"    depends_on: {{s{i - 1:02}: {{condition: service_healthy}}}}\n"
            write(folder, text)
            runs = {tool: [] for tool, _ in self.tools}
            for _ in range(times):
                for tool, argv in self.tools:
                    runs[tool].append(Run(argv + ["-p", "bench"] + ["up", "-d"], folder))
                    Run(argv + ["-p", "bench", "down", "-t", "1"], folder)
            self.row(name, runs, self.floor("chain", length))

    def simple(self, name, words, folder, times):
        if not self.wanted(name):
            return
        runs = {tool: [] for tool, _ in self.tools}
        for _ in range(times):
            for tool, argv in self.tools:
                runs[tool].append(Run(argv + words, folder))
        self.row(name, runs)

    def config(self, count, times):
        with tempfile.TemporaryDirectory() as folder:
            body = ["image: berth/test:1", "environment: {A: '1', B: $HOME}", "ports: ['80']", "volumes: ['data:/data']",
                    "networks: [front, back]", "labels: {role: web}", "healthcheck: {test: [CMD, 'true'], interval: 1s}"]
            text = services(count, body) + "networks: {front: {}, back: {}}\nvolumes: {data: {}}\n"
            write(folder, text)
            self.simple(f"config, {count} services", ["config"], folder, times)

    def logs(self, count, lines, times):
        name = f"logs, {count} containers, {count * lines:,} lines"
        if not self.wanted(name):
            return
        with tempfile.TemporaryDirectory() as folder:
            script = f"i=0; while [ $$i -lt {lines} ]; do echo line $$i of a log that has a middling length; i=$$((i+1)); done; exec sleep 1000"
            write(folder, services(count, ["image: berth/test:1", f"command: [sh, -c, '{script}']",
                                           "stop_signal: SIGKILL"]))
            berth = self.tools[0][1] + ["-p", "bench"]
            Run(berth + ["up", "-d"], folder)
            try:
                # All lines are there once the last container has written its last.
                while True:
                    out = subprocess.run(berth + ["logs", "--no-color", "-n", "1"], cwd=folder, capture_output=True, text=True)
                    if out.stdout.count(f"line {lines - 1} ") == count:
                        break
                    time.sleep(1)
                self.simple(name, ["-p", "bench", "logs"], folder, times)
            finally:
                Run(berth + ["down", "-t", "0"], folder)


def services(count, body):
    text = "services:\n"
    for i in range(count):
        text += f"  s{i:04}:\n" + "".join(f"    {line}\n" for line in body)
    return text


def write(folder, text):
    with open(os.path.join(folder, "compose.yaml"), "w") as file:
        file.write(text)


def size_of(program):
    return os.path.getsize(os.path.realpath(shutil.which(program))) / 1e6


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("berth")
    parser.add_argument("docker_compose")
    parser.add_argument("floor", nargs="?")
    parser.add_argument("--quick", action="store_true", help="fewer runs, smaller logs")
    parser.add_argument("--only", default="*", help="rows whose name matches this pattern")
    options = parser.parse_args()
    bench = Bench(options)
    times = 3 if options.quick else 5
    print("| what | berth s | docker compose s | floor s | faster | berth MB | docker compose MB | smaller |")
    print("|---|---|---|---|---|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory() as empty:
        bench.simple("version", ["version"], empty, 10)
    for count in (10, 100, 2000):
        bench.config(count, times)
    for count in (1, 10, 50):
        bench.life_cycle(count, times)
    bench.chain(10, times)
    bench.logs(50, 2_000 if options.quick else 20_000, 3)
    print(f"\nbinary: berth {size_of(options.berth):.1f} MB, docker compose {size_of(options.docker_compose):.1f} MB")


if __name__ == "__main__":
    main()
