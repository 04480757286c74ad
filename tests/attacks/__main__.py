"""Attacks a running gateway on this machine, and prints what held.

    python -m tests.attacks --url http://127.0.0.1:8080 --key-file officer.key --case 25-001234 --plate FNA579 --state arkansas \
        --other ZZZ999 --other GOV001

The key is of an officer who may search for the plate in that case; of the other plates none may be: somebody else's,
nobody's, a protected one. About three hundred requests and two minutes; every one of them is in the gateway's record.
Exits 1 when anything got through.
"""

import argparse
import itertools
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

from tests.attacks.attempt import Aim, Attempt
from tests.attacks.loads import loads
from tests.attacks.malformed import malformed
from tests.attacks.persons import persons
from tests.attacks.queries import queries

KINDS = (persons, queries, malformed, loads)


def main() -> int:
    """Try everything, print the report; 1 when anything got through."""
    aim = _read_arguments()
    if aim.search().status != 200:
        print(
            "the search that the key is said to be allowed is not: check --case, --plate and --state", file=sys.stderr
        )
        return 2
    through = 0
    for kind, group in itertools.groupby(attack(aim), key=lambda pair: pair[0].kind):
        print(f"\n{kind}")
        for attempt, happened in group:
            through += happened is not None
            print(_line(attempt, happened))
    print(f"\n{through} got through" if through else "\nall held")
    return 1 if through else 0


def attack(aim: Aim) -> Iterator[tuple[Attempt, str | None]]:
    """Every attempt, with what happened instead of what must, or None where it held."""
    attempts: Iterable[Attempt] = itertools.chain.from_iterable(kind(aim) for kind in KINDS)
    for attempt in attempts:
        try:
            yield attempt, attempt.make(aim)
        except (OSError, ValueError) as error:
            yield attempt, f"no answer that can be read ({type(error).__name__})"


def _line(attempt: Attempt, happened: str | None) -> str:
    if happened is None:
        return f"  held     {attempt.title}: {attempt.must}"
    return f"  THROUGH  {attempt.title}: must be {attempt.must}; was {happened}"


def _read_arguments() -> Aim:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", default="http://127.0.0.1:8080", help="the officers' listener, on loopback")
    parser.add_argument("--key-file", type=Path, required=True)
    parser.add_argument("--case", required=True)
    parser.add_argument("--plate", required=True)
    parser.add_argument("--state", required=True, help="as Flock's tools write it: arkansas")
    parser.add_argument("--other", action="append", required=True, help="a plate that may not be searched for")
    parser.add_argument("--flock", default="/flock", help="the mount of a Flock profile")
    parser.add_argument("--rekor", help="the mount of a Rekor profile")
    given = parser.parse_args()
    url = urlsplit(given.url)
    if (url.scheme, url.hostname) != ("http", "127.0.0.1") or url.port is None:
        parser.error("--url: only http://127.0.0.1:PORT is attacked")
    return Aim(
        port=url.port,
        key=given.key_file.read_text().strip(),
        flock=given.flock,
        rekor=given.rekor,
        case=given.case,
        plate=given.plate,
        state=given.state,
        others=tuple(given.other),
    )


if __name__ == "__main__":
    sys.exit(main())
