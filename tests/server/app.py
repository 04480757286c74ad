"""A tiny application on the gateway's own gunicorn: `python -m tests.server.app DIRECTORY [--option value]…`.

It writes what it served to DIRECTORY/served, what was refused before it to DIRECTORY/refused, and "stopped" at its end
to DIRECTORY/stopped; each line is one write.
"""

import argparse
import json
import os
import time
from pathlib import Path

from gateway.clock import now
from gateway.errors import Refusal
from gateway.model import Answer
from gateway.ops import logs
from gateway.server import framing, worker
from gateway.server.options import GatewayApplication, Service, gunicorn_options


def write_line(path: Path, *values: object) -> None:
    with path.open("a") as file:
        file.write(json.dumps(values) + "\n")


def application(directory: Path, max_body_bytes: int):
    def answer(environ) -> Answer:
        if environ["RAW_URI"] == "/unread":
            return Answer(status=200, headers=(), body=b"unread")
        request = framing.raw_request(environ, max_body_bytes=max_body_bytes, now=now(), request_id="r")
        write_line(directory / "served", request.method, request.target, request.body.decode("latin-1"))
        if request.target.startswith("/slow/"):
            time.sleep(float(request.target.removeprefix("/slow/")))
        if request.target == "/crash":
            raise RuntimeError("crash-SECRET")
        if request.target == "/bad-answer":
            return Answer(status=200, headers=(("X-Bad", "a\r\nInjected: SECRET"),), body=b"")
        if request.target == "/nothing":
            return Answer(status=204, headers=(), body=b"")
        if request.target == "/large":
            return Answer(status=200, headers=(), body=b"x" * 50_000_000)
        told = [request.method, request.target, request.headers, request.body.decode("latin-1"), request.source_ip]
        return Answer(status=200, headers=(("Content-Type", "application/json"),), body=json.dumps(told).encode())

    def wsgi(environ, start_response):
        try:
            return framing.respond(answer(environ), start_response)
        except Refusal as refusal:
            status = 413 if refusal.reason == "request_too_large" else 400
            told = f"{refusal.reason} {refusal.note}".encode()
            return framing.respond(Answer(status=status, headers=(), body=told), start_response)

    return wsgi


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("directory", type=Path)
    parser.add_argument("--max-body-bytes", type=int, default=100_000)
    parser.add_argument("--threads", type=int, default=4)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--limit-s", type=float, default=10.0)
    parser.add_argument("--parser", default="python")
    parser.add_argument("--cannot-record", action="store_true")
    options = parser.parse_args()
    worker.HEAD_S = worker.BODY_S = worker.ANSWER_S = options.limit_s
    logs.configure("info")

    def on_refused(reason, peer_ip, note) -> None:
        write_line(options.directory / "refused", reason, peer_ip, note)
        if options.cannot_record:
            raise OSError("disk full")

    def start() -> Service:
        return Service(
            wsgi=application(options.directory, options.max_body_bytes),
            on_refused=on_refused,
            stop=lambda: write_line(options.directory / "stopped", os.getpid()),
        )

    settings = gunicorn_options(bind="127.0.0.1:0", workers=options.workers, threads=options.threads)
    GatewayApplication({**settings, "http_parser": options.parser}, start).run()


if __name__ == "__main__":
    main()
