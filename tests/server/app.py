"""A tiny application on the gateway's own gunicorn: `python -m tests.server.app DIRECTORY [--option value]…`.

It writes what it served to DIRECTORY/served, what was refused before it to DIRECTORY/refused, and "stopped" at its end
to DIRECTORY/stopped; each line is one write.
"""

import argparse
import errno
import hashlib
import json
import multiprocessing
import os
import time
from pathlib import Path

from gateway.errors import Refusal
from gateway.model import Answer
from gateway.ops import logs
from gateway.server import worker
from gateway.server.client import ConnectionDeadlines
from gateway.server.connection_counts import ConnectionCounts
from gateway.server.options import GatewayApplication, gunicorn_options
from gateway.server.service import Service
from gateway.server.tls import TlsFiles, make_context


def write_line(path: Path, *values: object) -> None:
    with path.open("a") as file:
        file.write(json.dumps(values) + "\n")


def application(directory: Path):
    fixed = {
        "/unread": Answer(status=200, headers=(), body=b"unread"),
        "/bad-answer": Answer(status=200, headers=(("X-Bad", "a\r\nInjected: SECRET"),), body=b""),
        "/nothing": Answer(status=204, headers=(), body=b""),
        "/large": Answer(status=200, headers=(), body=b"x" * 50_000_000),
    }

    def answer(head, peer, body, is_overdue) -> Answer:
        if is_overdue:
            return Answer(status=503, headers=(), body=b"overdue")
        content = "" if head.target == "/unread" else body().decode("latin-1")
        if head.target != "/unread":
            write_line(directory / "served", head.method, head.target, content)
        if head.target.startswith("/slow/"):
            time.sleep(float(head.target.rpartition("/")[2]))
        if head.target == "/crash":
            raise RuntimeError("crash-SECRET")
        if head.target == "/pid":
            return Answer(status=200, headers=(), body=str(os.getpid()).encode())
        if head.target == "/held":
            held = head.client_certificate
            return Answer(status=200, headers=(), body=hashlib.sha256(held).hexdigest().encode() if held else b"none")
        told = [head.method, head.target, head.headers, content, peer]
        plain = Answer(status=200, headers=(("Content-Type", "application/json"),), body=json.dumps(told).encode())
        return fixed.get(head.target, plain)

    def answer_or_refuse(head, peer, body, is_overdue) -> Answer:
        try:
            return answer(head, peer, body, is_overdue)
        except Refusal as refusal:
            status = 413 if refusal.reason == "request_too_large" else 400
            return Answer(status=status, headers=(), body=f"{refusal.reason} {refusal.note}".encode())

    return answer_or_refuse


def lane(head, peer) -> tuple[str, str]:
    """Below /slow/ the vendor is the next segment; a sender is who says X-Sender, else the address."""
    sender = next((value for name, value in head.headers if name == "x-sender"), peer)
    return head.target.split("/")[2] if head.target.startswith("/slow/") else "", sender


def health(_method, target) -> Answer | None:
    return Answer(status=200, headers=(), body=b"alive") if target == "/health" else None


def tls_files(folder: Path) -> TlsFiles:
    names = {"cert_file": "server.pem", "key_file": "server.key", "client_ca_file": "ca.pem"}
    return TlsFiles(**{name: folder / file for name, file in names.items()})


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("directory", type=Path)
    parser.add_argument("--max-body-bytes", type=int, default=100_000)
    parser.add_argument("--threads", type=int, default=4)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--limit-s", type=float, default=10.0)
    parser.add_argument("--vendors", type=int, default=1)
    parser.add_argument("--cannot-record", action="store_true")
    parser.add_argument("--starts-without-room", type=int, default=0)
    parser.add_argument("--tls", type=Path)
    options = parser.parse_args()
    limit = options.limit_s
    worker.GatewayWorker.DEADLINES = ConnectionDeadlines(
        head_s=limit, body_s=limit, answer_s=limit, quiet_s=min(5.0, limit)
    )
    logs.configure("info")

    def on_refused(reason, peer_ip, note) -> None:
        write_line(options.directory / "refused", reason, peer_ip, note)
        if options.cannot_record:
            raise OSError("disk full")

    counts, places = ConnectionCounts(options.workers), multiprocessing.Value("i", 0)

    def start() -> Service:
        with places.get_lock():
            counts.take(places.value % options.workers)
            places.value += 1
        if places.value <= options.starts_without_room:
            raise OSError(errno.ENOSPC, "No space left on device")
        return Service(
            answer=application(options.directory),
            on_refused=on_refused,
            stop=lambda: write_line(options.directory / "stopped", os.getpid()),
            health=health,
            lane=lane,
            max_body_bytes=options.max_body_bytes,
            vendors=options.vendors,
            counts=counts,
            tls=make_context(tls_files(options.tls)) if options.tls else None,
        )

    def refuse(why: str) -> Service:
        return Service(
            answer=lambda *_: Answer(status=503, headers=(), body=why.encode()),
            on_refused=on_refused,
            stop=lambda: None,
            is_over=(options.directory / "tried-again").exists,
            max_body_bytes=options.max_body_bytes,
        )

    settings = gunicorn_options(bind="127.0.0.1:0", workers=options.workers, threads=options.threads)
    GatewayApplication(settings, start, refuse).run()


if __name__ == "__main__":
    main()
