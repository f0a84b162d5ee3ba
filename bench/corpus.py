#!/usr/bin/env python3
"""`config` of real compose files: Berth's library with all of them in one process, docker compose with a process for each.

bench/corpus.py BERTH DOCKER_COMPOSE BENCH_CORPUS CORPUS [--runs N]

Wall seconds for the whole corpus, medians, each in turn. `berth compose config` with a process for each is there as well, as
that is what people see.
"""
import argparse
import json
import os
import statistics
import subprocess
import time


def seconds(work):
    begin = time.monotonic()
    work()
    return time.monotonic() - begin


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("berth", type=os.path.abspath)
    parser.add_argument("docker_compose", type=os.path.abspath)
    parser.add_argument("bench_corpus")
    parser.add_argument("corpus")
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    with open(os.path.join(options.corpus, "cases.json"), encoding="utf-8") as file:
        cases = json.load(file)
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    environment = {"HOME": "/nonexistent/home", "USER": "heldout", "PATH": "/usr/bin:/bin", "FOO": "foo", "BAR": "bar",
                   "TERM": "dumb", "LC_ALL": "C.UTF-8"}

    def each(argv):
        for case in cases:
            subprocess.run(argv + case["args"] + ["config"], cwd=os.path.join(options.corpus, case["cwd"]),
                           env=environment, check=False, **quiet)

    ways = {"berth, one process": lambda: subprocess.run([options.bench_corpus, options.corpus], check=True, **quiet),
            "berth compose, a process each": lambda: each([options.berth, "compose"]),
            "docker compose, a process each": lambda: each([options.docker_compose])}
    taken = {name: [] for name in ways}
    for _ in range(options.runs):
        for name, work in ways.items():
            taken[name].append(seconds(work))
    theirs = statistics.median(taken["docker compose, a process each"])
    print(f"| config of {len(cases)} real files | s | faster than docker compose |\n|---|---|---|")
    for name, runs in taken.items():
        print(f"| {name} | {statistics.median(runs):.3f} | {theirs / statistics.median(runs):.1f}x |")


if __name__ == "__main__":
    main()
