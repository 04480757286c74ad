"""Many searches at once, over kept connections, until told to stop."""

import http.client
import json
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from tests.http.asking import LOOKUP, Answer, Person, search

Search = tuple[Person, dict[str, Any]]


class Load:
    """Threads that search as fast as they are answered. `replies` holds every answer; `lost` counts the others."""

    def __init__(self, searches: Callable[[int], Iterable[Search]], threads: int) -> None:
        self.replies: list[tuple[dict[str, Any], Answer]] = []
        self.lost = 0
        self._stopped = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(searches(one),)) for one in range(threads)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stopped.set()
        for thread in self._threads:
            thread.join()

    def _run(self, searches: Iterable[Search]) -> None:
        connection: http.client.HTTPConnection | None = None
        for person, body in searches:
            if self._stopped.is_set():
                break
            connection = connection or http.client.HTTPConnection("127.0.0.1", person.port, timeout=20)
            try:
                connection.request(
                    "POST", LOOKUP, json.dumps(body), {**person.bearer, "Content-Type": "application/json"}
                )
                response = connection.getresponse()
                self.replies.append((body, Answer(status=response.status, headers={}, body=response.read())))
            except (OSError, http.client.HTTPException):
                self.lost += 1
                connection.close()
                connection = None
                self._stopped.wait(0.02)
        if connection is not None:
            connection.close()


@contextmanager
def load(searches: Callable[[int], Iterable[Search]], *, threads: int = 4) -> Iterator[Load]:
    """A load while the block runs."""
    running = Load(searches, threads)
    running.start()
    try:
        yield running
    finally:
        running.stop()


def by_turns(people: list[Person], **changes: Any) -> Callable[[int], Iterator[Search]]:
    """Each thread takes the people in turn, so that no one reaches the daily ceiling early."""

    def searches(thread: int) -> Iterator[Search]:
        turn = thread
        while True:
            yield people[turn % len(people)], search(**changes)
            turn += 1

    return searches
