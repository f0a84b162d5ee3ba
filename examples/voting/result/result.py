"""The result page: GET / shows it, GET /api/result gives the counts as JSON, straight from PostgreSQL."""

import html
import json
import os
import pathlib
import signal
import socket
import string
import sys
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import psycopg2

OPTIONS = {"a": os.environ.get("OPTION_A", "Cats"), "b": os.environ.get("OPTION_B", "Dogs")}
PAGE = string.Template((pathlib.Path(__file__).parent / "page.html").read_text())


def query(sql):
    password = pathlib.Path("/run/secrets/db_password").read_text().strip()
    with closing(psycopg2.connect(host="db", dbname="voting", user="voting", password=password, connect_timeout=2)) as db:
        with db.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall()


def result():
    counts = dict(query("SELECT choice, count(*) FROM votes GROUP BY choice"))
    a, b = counts.get("a", 0), counts.get("b", 0)
    return {"a": a, "b": b, "total": a + b, "options": OPTIONS, "served_by": socket.gethostname()}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30

    def do_GET(self):
        try:
            if self.path == "/":
                names = {f"option_{key}": html.escape(name) for key, name in OPTIONS.items()}
                self.answer(200, "text/html; charset=utf-8", PAGE.substitute(names))
            elif self.path == "/api/result":
                self.answer(200, "application/json", json.dumps(result()) + "\n")
            elif self.path == "/healthz":
                query("SELECT 1")
                self.answer(200, "text/plain", "ok\n")
            else:
                self.answer(404, "text/plain", "not found\n")
        except psycopg2.Error as error:
            self.answer(503, "text/plain", f"db: {error}\n")

    def answer(self, status, content_type, text):
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_request(self, code="-", size="-"):
        if self.path not in ("/healthz", "/api/result"):
            super().log_request(code, size)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    ThreadingHTTPServer(("", 8000), Handler).serve_forever()
