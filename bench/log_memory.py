#!/usr/bin/env python3
"""Memory of an attached `up` whose containers write as fast as the engine takes it.

bench/log_memory.py BERTH DOCKER_COMPOSE [--seconds N]

The engine is that of DOCKER_HOST; it needs the images of tools/test-image. What the containers write is rotated by the engine.
The reader of `up` is quick (all that comes is counted and thrown away), and once slow: it takes 1 MB a second.
"""
import argparse
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time

PROJECT = """services:
  writer:
    image: berth/test:1
    scale: 4
    init: true
    command: [sh, -c, 'yes "a line of some forty letters, no more" ']
    logging: {driver: json-file, options: {max-size: 20m, max-file: '2'}}
"""
CHUNK = 1 << 16
SLOW = 1 << 20  # bytes a second


def resident(pid):
    """Peak and present resident memory, in MB."""
    values = {}
    with open(f"/proc/{pid}/status") as status:
        for line in status:
            name, _, value = line.partition(":")
            if name in ("VmHWM", "VmRSS"):
                values[name] = int(value.split()[0]) / 1024
    return values["VmHWM"], values["VmRSS"]


class Reader(threading.Thread):
    def __init__(self, pipe, limit):
        super().__init__(daemon=True)
        self.pipe, self.limit, self.bytes = pipe, limit, 0

    def run(self):
        while part := self.pipe.read1(CHUNK):
            self.bytes += len(part)
            if self.limit:
                time.sleep(len(part) / self.limit)


def bench(name, tool, limit, seconds):
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "compose.yaml"), "w") as file:
            file.write(PROJECT)
        tool = tool + ["-p", "bench"]
        up = subprocess.Popen(tool + ["up", "-t", "0"], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        try:
            reader = Reader(up.stdout, limit)
            reader.start()
            while reader.bytes == 0:
                if up.poll() is not None:
                    sys.exit(f"{name}: exit code {up.returncode}")
                time.sleep(0.05)
            begin, first = time.monotonic(), reader.bytes
            time.sleep(seconds / 2)
            half = resident(up.pid)[1]
            time.sleep(seconds / 2)
            peak, end = resident(up.pid)
            rate = (reader.bytes - first) / (time.monotonic() - begin) / 1e6
            print(f"| {name}, {'slow' if limit else 'quick'} reader | {rate:.0f} | {half:.0f} | {end:.0f} | {peak:.0f} |", flush=True)
            reader.limit = 0
            up.send_signal(signal.SIGINT)
            up.wait(60)
        finally:
            if up.poll() is None:
                up.kill()
                up.wait()
            subprocess.run(tool + ["down", "-t", "0"], cwd=folder, capture_output=True, check=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("berth")
    parser.add_argument("docker_compose")
    parser.add_argument("--seconds", type=int, default=20)
    options = parser.parse_args()
    print("| attached up | MB/s | MB of memory half-way | at the end | peak |")
    print("|---|---|---|---|---|", flush=True)
    for limit in (0, SLOW):
        bench("berth", [options.berth, "compose"], limit, options.seconds)
        bench("docker compose", [options.docker_compose], limit, options.seconds)


if __name__ == "__main__":
    main()
