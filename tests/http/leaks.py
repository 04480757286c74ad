"""Looking for what must lie open nowhere: plates, credentials, callers' query strings."""

import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path

from gateway.demo.agency import PLATE
from tests.http.agency import MARKED_PLATE
from tests.http.installation import VENDOR_SECRET, Installation
from tests.http.vendors import Vendor

WORD = "zqXj7qqWvKdLeakMark"
STRANGERS_PLATE = "ZQX7VKD9"
"""Sent by callers in every place; long enough not to come about by chance in what is encrypted."""
_GREP = ("grep", "--text", "--fixed-strings", "--only-matching", "--with-filename", "--null")
_NONE_FOUND = 1  # more tells that grep could not look


def needles(installation: Installation, vendors: Iterable[Vendor]) -> dict[str, bytes]:
    """What to look for, by what it is."""
    texts = {"word": WORD, "the plate": PLATE, "vendor's secret": VENDOR_SECRET}
    for plate in (MARKED_PLATE, STRANGERS_PLATE):
        texts |= {f"plate {plate}": plate, f"plate {plate}, small": plate.lower()}
    texts |= {f"key {person.key_id}": person.key.partition("_")[2] for person in installation.people}
    tokens = {token for vendor in vendors for token in vendor.tokens()}
    texts |= {f"vendor's token {number}": token for number, token in enumerate(sorted(tokens))}
    return {what: text.encode() for what, text in texts.items()}


def files(installation: Installation) -> list[Path]:
    """Everything that the gateway wrote but facts and secrets: ledger, store, metrics, policies kept, logs, temporary."""
    below = [path for path in installation.state.rglob("*") if path.is_file()]
    kept = [path for path in below if "secrets" not in path.parts and not path.name.startswith("facts.db")]
    return [*kept, installation.log, *(path for path in (installation.folder / "tmp").rglob("*") if path.is_file())]


def leaks(installation: Installation, vendors: Iterable[Vendor], more: Iterable[bytes] = ()) -> list[str]:
    """Where which of it was found; `more` are further needles. Grep looks for all at once, which Python does not."""
    wanted = needles(installation, vendors) | {f"token {number}": token for number, token in enumerate(more)}
    assert all(wanted.values())
    with tempfile.NamedTemporaryFile() as patterns:
        patterns.write(b"\n".join(wanted.values()))
        patterns.flush()
        command = [*_GREP, f"--file={patterns.name}", "--label=/metrics", "-", *files(installation)]
        metrics = installation.ask_admin("/metrics")[1]
        search = subprocess.run(command, input=metrics, env={"LC_ALL": "C"}, capture_output=True, check=False)
    assert search.returncode <= _NONE_FOUND, search.stderr
    names = {text: what for what, text in wanted.items()}
    found = [line.split(b"\0") for line in search.stdout.splitlines()]
    return [f"{place.decode()}: {names[text]}" for place, text in found]
