"""Moves votes from the Redis stream 'votes' to PostgreSQL: every vote at least once, the latest vote of a voter counts."""

import pathlib
import signal
import socket
import sys

import psycopg2
import redis

STREAM = "votes"
GROUP = "tally"
# All workers share one name, so that a new one finds what an old one took and did not finish. Should two write the same
# vote, the second changes nothing.
CONSUMER = "worker"
HEARTBEAT = pathlib.Path("/tmp/heartbeat")

UPSERT = """
INSERT INTO votes (voter, choice, cast_at) VALUES (%s, %s, %s)
ON CONFLICT (voter) DO UPDATE SET choice = EXCLUDED.choice, cast_at = EXCLUDED.cast_at
WHERE votes.cast_at < EXCLUDED.cast_at
"""


def connect_redis():
    return redis.Redis(host="redis", decode_responses=True, socket_timeout=5)


def connect_db():
    password = pathlib.Path("/run/secrets/db_password").read_text().strip()
    return psycopg2.connect(host="db", dbname="voting", user="voting", password=password, connect_timeout=5)


def create_group(queue):
    try:
        queue.xgroup_create(STREAM, GROUP, id="0", mkstream=True)
    except redis.ResponseError as error:
        if not str(error).startswith("BUSYGROUP"):
            raise


def take(queue, start):
    """Votes taken before but not acknowledged (start '0'), or new ones ('>'), waiting a second for them."""
    streams = queue.xreadgroup(GROUP, CONSUMER, {STREAM: start}, count=100, block=1000)
    return streams[0][1] if streams else []


def write(db, votes):
    with db, db.cursor() as cursor:
        cursor.execute("SELECT 1")
        for vote_id, vote in votes:
            cursor.execute(UPSERT, (vote["voter"], vote["choice"], [int(part) for part in vote_id.split("-")]))


def acknowledge(queue, votes):
    if votes:
        ids = [vote_id for vote_id, _ in votes]
        queue.xack(STREAM, GROUP, *ids)
        queue.xdel(STREAM, *ids)


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    queue, db = connect_redis(), connect_db()
    create_group(queue)
    print(f"worker {socket.gethostname()} moves votes", flush=True)
    start = "0"
    while True:
        votes = take(queue, start)
        write(db, votes)
        acknowledge(queue, votes)
        HEARTBEAT.touch()
        for _, vote in votes:
            print(f"{vote['voter']} votes {vote['choice']}")
        if not votes:
            start = ">"


if __name__ == "__main__":
    try:
        main()
    except (redis.RedisError, psycopg2.Error) as error:
        # The engine starts the worker again; what was taken and not written is still in the queue.
        sys.exit(f"worker: {error}")
