"""The voting page: GET / shows it, POST / queues a vote in Redis. A cookie makes a second vote of a browser move the first."""

import html
import os
import pathlib
import re
import secrets
import signal
import socket
import string
import sys
from http.cookies import CookieError, SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import redis

OPTIONS = {"a": os.environ.get("OPTION_A", "Cats"), "b": os.environ.get("OPTION_B", "Dogs")}
PAGE = string.Template((pathlib.Path(__file__).parent / "page.html").read_text())
VOTER = re.compile("[0-9a-f]{16}")
LONGEST_BODY = 1024

queue = redis.Redis(host=os.environ.get("REDIS_HOST", "redis"), socket_timeout=2, socket_connect_timeout=2)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30

    def do_GET(self):
        if self.path == "/":
            self.page(choice=None)
        elif self.path == "/healthz":
            self.health()
        else:
            self.answer(404, "text/plain", "not found\n")

    def do_POST(self):
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > LONGEST_BODY:
            self.close_connection = True
            return self.answer(413, "text/plain", f"a vote says its length, at most {LONGEST_BODY} bytes\n")
        form = parse_qs(self.rfile.read(int(length)).decode("ascii", "replace"))
        choice = form.get("vote", [""])[0]
        if choice not in OPTIONS:
            return self.answer(400, "text/plain", "a vote is 'vote=a' or 'vote=b'\n")
        voter = self.voter() or secrets.token_hex(8)
        try:
            queue.xadd("votes", {"voter": voter, "choice": choice})
        except redis.RedisError as error:
            return self.answer(503, "text/plain", f"the vote could not be queued: {error}\n")
        self.page(choice, voter)

    def voter(self):
        """The voter's id from the cookie, or None."""
        try:
            cookie = SimpleCookie(self.headers.get("Cookie", "")).get("voter")
        except CookieError:
            return None
        return cookie.value if cookie and VOTER.fullmatch(cookie.value) else None

    def page(self, choice, voter=None):
        text = PAGE.substitute(
            option_a=html.escape(OPTIONS["a"]),
            option_b=html.escape(OPTIONS["b"]),
            chosen_a="chosen" if choice == "a" else "",
            chosen_b="chosen" if choice == "b" else "",
            thanks=f"You voted for {html.escape(OPTIONS[choice])}. Vote again to change it." if choice else "",
            host=html.escape(socket.gethostname()),
        )
        cookie = {"Set-Cookie": f"voter={voter}; Path=/; HttpOnly; SameSite=Lax"} if voter else {}
        self.answer(200, "text/html; charset=utf-8", text, cookie)

    def health(self):
        try:
            queue.ping()
            self.answer(200, "text/plain", "ok\n")
        except redis.RedisError as error:
            self.answer(503, "text/plain", f"redis: {error}\n")

    def answer(self, status, content_type, text, headers=None):
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_request(self, code="-", size="-"):
        if self.path != "/healthz":
            super().log_request(code, size)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    ThreadingHTTPServer(("", 8000), Handler).serve_forever()
