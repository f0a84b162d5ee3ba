#!/usr/bin/env python3
"""Requests that fail while a service is updated: a client asks at a constant rate, and `up` brings a new image meanwhile.

bench/update.py BERTH DOCKER_COMPOSE ADDRESS [--rate N]

The engine is that of DOCKER_HOST, whose published ports are reached at ADDRESS; it needs the images of tools/test-image. Berth
with one and with ten replicas (`update_config: {order: start-first}`), docker compose with one: it knows no other.
"""
import argparse
import collections
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time

PORT = 18080
THREADS = 20
SETTLE = 2.0  # seconds that the client goes on after the update


def write(folder, image, replicas):
    with open(os.path.join(folder, "compose.yaml"), "w") as file:
        file.write(f"""services:
  web:
    image: {image}
    command: [web]
    scale: {replicas}
    ports: ['{PORT}:80']
    healthcheck: {{test: [CMD, wget, -qO-, 'http://127.0.0.1/'], interval: 200ms}}
    deploy: {{update_config: {{order: start-first, parallelism: 2}}}}
""")


class Client:
    """Asks `rate` times a second, on a connection of its own each time, until stop()."""

    def __init__(self, address, rate):
        self.address = address
        self.answers = collections.Counter()
        self.stopped = threading.Event()
        self.begin = time.monotonic()
        self.threads = [threading.Thread(target=self.work, args=(THREADS / rate,)) for _ in range(THREADS)]
        for thread in self.threads:
            thread.start()

    def work(self, interval):
        answers = collections.Counter()
        due = time.monotonic()
        while not self.stopped.is_set():
            time.sleep(max(0.0, due - time.monotonic()))
            due += interval
            answers[self.ask()] += 1
        self.answers += answers

    def ask(self):
        try:
            with socket.create_connection((self.address, PORT), timeout=10) as connection:
                connection.sendall(b"GET / HTTP/1.1\r\nHost: web\r\nConnection: close\r\n\r\n")
                answer = b""
                while b"berth/test:" not in answer:
                    part = connection.recv(4096)
                    if not part:
                        return "failed"
                    answer += part
                return "ok" if answer.startswith(b"HTTP/1.1 200") else "failed"
        except OSError:
            return "failed"

    def stop(self):
        self.stopped.set()
        for thread in self.threads:
            thread.join()
        asked = sum(self.answers.values())
        return asked, self.answers["failed"], asked / (time.monotonic() - self.begin)


def run(argv, folder):
    done = subprocess.run(argv, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(argv)}: exit code {done.returncode}\n{done.stderr[-2000:]}")


def bench(name, tool, replicas, options):
    with tempfile.TemporaryDirectory() as folder:
        tool = tool + ["-p", "bench"]
        write(folder, "berth/test:1", replicas)
        run(tool + ["up", "-d", "--wait"], folder)
        try:
            client = Client(options.address, options.rate)
            begin = time.monotonic()
            write(folder, "berth/test:2", replicas)
            run(tool + ["up", "-d"], folder)
            took = time.monotonic() - begin
            time.sleep(SETTLE)
            asked, failed, rate = client.stop()
            print(f"| {name}, {replicas} replica{'s' if replicas > 1 else ''} | {rate:.0f} | {took:.1f} | {asked} | {failed} |", flush=True)
        finally:
            run(tool + ["down", "-t", "0"], folder)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("berth")
    parser.add_argument("docker_compose")
    parser.add_argument("address")
    parser.add_argument("--rate", type=int, default=500)
    options = parser.parse_args()
    print("| what | requests/s | update s | requests | failed |")
    print("|---|---|---|---|---|", flush=True)
    bench("berth", [options.berth, "compose"], 10, options)
    bench("berth", [options.berth, "compose"], 1, options)
    bench("docker compose", [options.docker_compose], 1, options)


if __name__ == "__main__":
    main()
