#!/usr/bin/env python3
"""What a service more costs: `berth compose` beside docker compose with 1 to 2,000 services, each tool in turn.

bench/scaling.py BERTH DOCKER_COMPOSE FLEET [--counts N,...] [--runs N]

The engine is a simulated one (FLEET, berth-fleet) that answers at once, so that the time is the tools' own. Wall seconds and
processor milliseconds of the whole process, medians; the last column is what one service takes of Berth's processor time.
"""
import argparse
import os
import subprocess
import sys
import tempfile

from compose import Run, median, services, write

ADDRESS = "tcp://127.10.0.1:2375"
COMMANDS = {"config": ["config"], "up -d": ["up", "-d"], "up -d, no change": ["up", "-d"], "ps": ["ps"],
            "down": ["down", "-t", "1"]}


def bench(tools, count, times):
    with tempfile.TemporaryDirectory() as folder:
        write(folder, services(count, ["image: busybox:latest"]))
        runs = {name: {tool: [] for tool in tools} for name in COMMANDS}
        for _ in range(times):
            for tool, argv in tools.items():
                for name, words in COMMANDS.items():
                    runs[name][tool].append(Run(argv + ["-p", "bench"] + words, folder))
        return runs


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("berth")
    parser.add_argument("docker_compose")
    parser.add_argument("fleet")
    parser.add_argument("--counts", default="1,10,100,500,2000")
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    tools = {"berth": [options.berth, "compose"], "docker compose": [options.docker_compose]}
    os.environ["DOCKER_HOST"] = ADDRESS
    for name in ("DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH"):  # of the machine that the other benchmarks run on
        os.environ.pop(name, None)
    engine = subprocess.Popen([options.fleet, "run", "--nodes", "1"], stdout=subprocess.PIPE)
    if not engine.stdout.readline():
        sys.exit("the simulated engine did not start")
    try:
        print("| what | services | berth s | docker compose s | faster | berth CPU ms | docker compose CPU ms "
              "| berth CPU ms a service |")
        print("|---|---|---|---|---|---|---|---|", flush=True)
        for count in map(int, options.counts.split(",")):
            for name, runs in bench(tools, count, options.runs).items():
                ours, theirs = runs["berth"], runs["docker compose"]
                wall = [median(ours, "wall"), median(theirs, "wall")]
                cpu = [1000 * median(ours, "cpu"), 1000 * median(theirs, "cpu")]
                print(f"| {name} | {count} | {wall[0]:.3f} | {wall[1]:.3f} | {wall[1] / wall[0]:.1f}x | {cpu[0]:.0f} | "
                      f"{cpu[1]:.0f} | {cpu[0] / count:.2f} |", flush=True)
    finally:
        engine.terminate()
        engine.wait()


if __name__ == "__main__":
    main()
