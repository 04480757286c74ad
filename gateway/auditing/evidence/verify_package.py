"""Checks this evidence package. Needs Python 3.9 or later and nothing else; reads files here, writes none, no network.

What must hold, so that you can also check it your own way:

1. Every file has the SHA-256 that manifest.json gives.
2. Every line of records.jsonl is JSON in exactly one form (RFC 8785: no blanks, names sorted). Without the member
   `"hash":"…",` of its "chain", the SHA-256 of the line is that hash.
3. Every file in ledger/ is a run of such lines of one chain: "seq" goes up by one, "prev" is the hash of the line before.
   Every line of records.jsonl is in a run.
4. The last line of each run is named, with its hash, by a text in checkpoints/ ("chain <id> <seq> <hash>"). The signature
   below the empty line is Ed25519 over the text above it: base64 of four bytes (the key's id) and the signature.
5. Every folder in policies/ is named by the SHA-256 of the list [[path, text], …] of its files as RFC 8785 JSON.
6. In each decision "input_sha256" is the SHA-256 of "input", the text that the policy was given.

    python3 verify.py [--key KEY]     KEY: a checkpoint key the agency published (name+id+base64); then only that counts
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import sys
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent


class Wrong(Exception):
    """Something does not hold."""


# Ed25519 (RFC 8032, section 5.1), in the plainest form: for a few signatures it need not be fast.
P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT = pow(2, (P - 1) // 4, P)
SIGNATURE = 64
Point = tuple[int, int, int, int]


def add(a: Point, b: Point) -> Point:
    """The sum of two points in extended coordinates."""
    e = (a[1] - a[0]) * (b[1] - b[0]) % P
    f = (a[1] + a[0]) * (b[1] + b[0]) % P
    g, h = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    e, f, g, h = f - e, h - g, h + g, f + e
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def times(n: int, point: Point) -> Point:
    """A multiple of a point."""
    total = (0, 1, 1, 0)
    while n:
        if n & 1:
            total = add(total, point)
        point, n = add(point, point), n >> 1
    return total


def same(a: Point, b: Point) -> bool:
    """Whether two points are the same."""
    return (a[0] * b[2] - b[0] * a[2]) % P == 0 and (a[1] * b[2] - b[1] * a[2]) % P == 0


def point_of(blob: bytes) -> Point:
    """The point that 32 bytes mean; raises Wrong for none."""
    y = int.from_bytes(blob, "little")
    sign, y = y >> 255, y & (1 << 255) - 1
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT % P
    if y >= P or (x * x - square) % P or (x == 0 and sign):
        raise Wrong("not a point of the curve")
    x = P - x if x & 1 != sign else x
    return (x, y, 1, x * y % P)


BASE = point_of((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def signed(public: bytes, text: bytes, signature: bytes) -> bool:
    """Whether this is a good Ed25519 signature of the text."""
    try:
        key, half = point_of(public), point_of(signature[:32])
    except Wrong:
        return False
    s = int.from_bytes(signature[32:], "little")
    h = int.from_bytes(hashlib.sha512(signature[:32] + public + text).digest(), "little") % L
    return len(signature) == SIGNATURE and s < L and same(times(s, BASE), add(half, times(h, key)))


def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object in which every name stands once."""
    if len({name for name, _ in pairs}) < len(pairs):
        raise Wrong("a name stands twice in an object")
    return dict(pairs)


def exact(value: object) -> bytes:
    """The one form of a JSON value, in bytes."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def record(line: bytes, place: str) -> dict[str, Any]:
    """The record in a line, if it is in its one form and matches its own hash."""
    try:
        value: dict[str, Any] = json.loads(line.decode(), object_pairs_hook=once)
        chain = value["chain"]
        stated = b'"chain":{"hash":"' + chain["hash"].encode() + b'",'
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Wrong(place + " is no record") from None
    if exact(value) != line:
        raise Wrong(place + " is not in its one form")
    bare = line.replace(stated, b'"chain":{', 1)
    if line.count(stated) != 1 or hashlib.sha256(bare).hexdigest() != chain["hash"]:
        raise Wrong(place + " was changed after it was written")
    return value


def lines_of(name: str) -> list[tuple[bytes, str]]:
    """The lines of a file, with their places."""
    content = (FOLDER / name).read_bytes()
    if content and not content.endswith(b"\n"):
        raise Wrong(name + " is cut off")
    return [(line, name + ", line " + str(number)) for number, line in enumerate(content.split(b"\n")[:-1], 1)]


def check_files() -> str:
    """Step 1."""
    listed = json.loads((FOLDER / "manifest.json").read_bytes())["files"]
    there = {path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*") if path.is_file()} - {"manifest.json"}
    for name in sorted(set(listed) | there):
        if name not in listed or name not in there:
            raise Wrong(name + (" is not listed in the manifest" if name in there else " is missing"))
        if hashlib.sha256((FOLDER / name).read_bytes()).hexdigest() != listed[name]:
            raise Wrong(name + " is not the file that the manifest lists")
    return f"{len(listed)} files are as the manifest lists them"


def check_records() -> set[bytes]:
    """Steps 2 and 6."""
    wanted = set()
    for line, place in lines_of("records.jsonl"):
        value = record(line, place)
        if "input" in value and hashlib.sha256(value["input"].encode()).hexdigest() != value["input_sha256"]:
            raise Wrong(place + ": the policy's input is not the one that was recorded")
        wanted.add(line)
    return wanted


def check_runs(wanted: set[bytes]) -> tuple[dict[str, str], int]:
    """Step 3; the last record of each run, by checkpoint line, and the number of records proved."""
    ends: dict[str, str] = {}
    found: set[bytes] = set()
    for path in sorted((FOLDER / "ledger").glob("*.jsonl")) if (FOLDER / "ledger").is_dir() else []:
        before = None
        for line, place in lines_of("ledger/" + path.name):
            chain = record(line, place)["chain"]
            if before and (chain["id"], chain["seq"], chain["prev"]) != (
                before["id"],
                before["seq"] + 1,
                before["hash"],
            ):
                raise Wrong(place + " does not follow the line before it")
            before = chain
            found.add(line)
        if before is None:
            raise Wrong(path.name + " is empty")
        ends[f"chain {before['id']} {before['seq']} {before['hash']}"] = path.name
    return ends, len(wanted & found)


def keys_here(pinned: str | None) -> list[tuple[str, str, bytes]]:
    """The checkpoint keys that count: name, id and the 32 bytes of each."""
    texts = [pinned] if pinned else [path.read_text() for path in sorted((FOLDER / "keys").glob("*.vkey"))]
    found = []
    for text in texts:
        name, key_id, blob = text.strip().split("+", 2)
        public = base64.b64decode(blob)[1:]
        if hashlib.sha256(name.encode() + b"\n\x01" + public).hexdigest()[:8] != key_id:
            raise Wrong("a checkpoint key does not match its own id")
        found.append((name, key_id, public))
    return found


def check_notes(ends: dict[str, str], pinned: str | None) -> set[str]:
    """Step 4; the ids of the keys that signed."""
    keys = keys_here(pinned)
    used: set[str] = set()
    named: set[str] = set()
    for path in sorted((FOLDER / "checkpoints").glob("*.note")) if ends else []:
        text, _, below = path.read_text(encoding="utf-8").partition("\n\n")
        lines = set(text.split("\n"))
        covered = {end for end in ends if end in lines}
        good = {
            name + "+" + key_id
            for name, key_id, public in keys
            for signature in re.findall("^\u2014 " + re.escape(name) + " (\\S+)$", below, re.MULTILINE)
            if base64.b64decode(signature)[:4].hex() == key_id
            and signed(public, (text + "\n").encode(), base64.b64decode(signature)[4:])
        }
        if covered and not good:
            raise Wrong("checkpoints/" + path.name + " has no good signature of a key that counts")
        used |= good if covered else set()
        named |= covered
    for end in sorted(set(ends) - named):
        raise Wrong("no checkpoint signs the end of ledger/" + ends[end])
    return used


def check_policies() -> int:
    """Step 5."""
    folders = sorted(path for path in (FOLDER / "policies").glob("*")) if (FOLDER / "policies").is_dir() else []
    for folder in folders:
        names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
        files = [[name, (folder / name).read_bytes().decode()] for name in names]
        if hashlib.sha256(exact(files)).hexdigest() != folder.name:
            raise Wrong("policies/" + folder.name + " is not the policy of that name")
    return len(folders)


def check(pinned: str | None) -> bool:
    """All steps; whether every record is proved."""
    say("1. Files: " + check_files() + ".")
    wanted = check_records()
    say(f"2. Records: {len(wanted)} records are in one piece and match their own hashes.")
    ends, proved = check_runs(wanted)
    say(f"3. Chain: {proved} of {len(wanted)} records are in {len(ends)} unbroken runs.")
    used = check_notes(ends, pinned)
    say(
        "4. Signatures: the end of every run is signed by %s."
        % (", ".join(sorted(used)) or "nobody: there are no runs")
    )
    say(f"5. Policies: {check_policies()} policies are what their names say.")
    return proved == len(wanted)


def say(text: str) -> None:
    """Print a line."""
    sys.stdout.write(text + "\n")


def main(arguments: list[str]) -> int:
    """The exit code: 0 all proved, 1 something does not hold, 2 all whole but not all connected with a signature."""
    pinned = arguments[-1] if arguments[:-1] == ["--key"] else None
    if arguments and pinned is None:
        say("usage: python3 verify.py [--key KEY]")
        return 2
    try:
        complete = check(pinned)
    except (Wrong, OSError, ValueError, KeyError) as problem:
        say(f"RESULT: this package does NOT check out: {problem}.")
        return 1
    if not complete:
        say("RESULT: nothing is wrong, but not every record is connected with a signature.")
        return 2
    say(
        "RESULT: everything checks out."
        + ("" if pinned else " Compare the signing key with the one the agency published.")
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
