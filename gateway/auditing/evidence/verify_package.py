"""Checks an evidence package. Needs Python 3.9 or later and nothing else; no network; writes only the page it is asked for.

What must hold, so that you can also check it your own way:

1. Every file has the SHA-256 that manifest.json gives. (This only finds accidents: the manifest itself is not signed.)
2. Every line of records.jsonl is JSON in exactly one form (RFC 8785: no blanks, names sorted). Without the member
   `"hash":"…",` of its "chain", the SHA-256 of the line is that hash. "input_sha256" is the SHA-256 of "input".
3. Every file in ledger/ is a run of such lines of one chain: "seq" goes up by one, "prev" is the hash of the line before.
   Every line of records.jsonl is in a run.
4. The last line of each run is named, with its hash, by a text in checkpoints/ ("chain <id> <seq> <hash>"). Below the
   empty line are signatures, base64 of four bytes (the key's id) and an Ed25519 signature over the text above it. A text
   signed by a key that counts may name further keys ("key …") and let go of some ("retired <id>"). Texts from before the
   first that a given key signed are of somebody else's key: what they alone name is whole, and not proved.
5. A witness's cosignature is base64 of the key's id, eight bytes of time in seconds and an Ed25519 signature over
   "cosignature/v1", "time <seconds>" and the text, a line each.
6. Every folder in policies/ is named by the SHA-256 of the list [[path, text], …] of its files as RFC 8785 JSON, and every
   revision in facts.json ends in the first 12 digits of its "content_sha256".
7. Every value in opened.jsonl is the one that its record committed to: "sealed_commitments" has HMAC-SHA-256, under the
   value's salt, of event id, field and value (as RFC 8785 JSON), a line each. What is not committed to is not shown.

    python3 verify.py [--key KEY]… [--witness KEY]… [--agree N] [--page FILE]

KEY is what the agency, or a witness, published (name+id+base64): then only those count, and N witnesses must have
cosigned. FILE gets a page to read, made from what was proved and nothing else.
"""

from __future__ import annotations

import argparse
import hashlib
import hmac
import json
import sys
from pathlib import Path
from typing import Any, NamedTuple

try:
    from gateway.auditing.evidence.checked_page import object_to, page, write_page
    from gateway.auditing.evidence.ed25519 import published_key, witness_key
    from gateway.auditing.evidence.listed_files import check_files, leave_out_systems, read_folder
    from gateway.auditing.evidence.signed_ends import (
        Files,
        KnownKeys,
        Wrong,
        check_notes,
        once,
        reading,
        tell_signatures,
        tell_witnesses,
    )
except ImportError:  # in a package, beside this program
    sys.path.insert(0, str(Path(__file__).resolve().parent))
    sys.dont_write_bytecode = True  # what Python would leave here is in no manifest
    from checked_page import object_to, page, write_page  # type: ignore[import-not-found, no-redef]
    from ed25519 import published_key, witness_key  # type: ignore[import-not-found, no-redef]
    from listed_files import check_files, leave_out_systems, read_folder  # type: ignore[import-not-found, no-redef]
    from signed_ends import Files, KnownKeys, Wrong, check_notes, once, reading, tell_signatures, tell_witnesses  # type: ignore[import-not-found, no-redef]

SEALED = {"plate_sealed": "plate", "reason_sealed": "reason_text", "query_sealed": "query"}


class PackageReport(NamedTuple):
    """What was found: a sentence for each step, the records, those that are proved, and what was sealed in them.

    `opened` holds only what its record committed to; `unbound` counts values that no commitment holds, `earlier` the runs
    whose end is signed by a key from before the ones given, alone, and `unwitnessed` those that too few witnesses cosigned.
    """

    said: list[str]
    records: list[dict[str, Any]]
    proved: set[str]
    opened: dict[str, dict[str, Any]]
    unbound: int
    earlier: int
    unwitnessed: int


def exact(value: object) -> bytes:
    """The one form of a JSON value, in bytes."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def record(line: bytes, place: str) -> dict[str, Any]:
    """The record in a line, if it is in its one form and matches its own hash."""
    try:
        value: dict[str, Any] = json.loads(line.decode(), object_pairs_hook=once)
        chain = value["chain"]
        stated = b'"chain":{"hash":"' + chain["hash"].encode() + b'",'
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise Wrong(place + " is no record") from None
    if exact(value) != line:
        raise Wrong(place + " is not in its one form")
    bare = line.replace(stated, b'"chain":{', 1)
    if line.count(stated) != 1 or hashlib.sha256(bare).hexdigest() != chain["hash"]:
        raise Wrong(place + " was changed after it was written")
    return value


def lines_of(files: Files, name: str) -> list[tuple[bytes, str]]:
    """The lines of a file, with their places."""
    content = files[name]
    if content and not content.endswith(b"\n"):
        raise Wrong(name + " is cut off")
    return [(line, name + ", line " + str(number)) for number, line in enumerate(content.split(b"\n")[:-1], 1)]


def check_records(files: Files) -> dict[bytes, dict[str, Any]]:
    """Step 2; the records by their lines."""
    wanted = {}
    for line, place in lines_of(files, "records.jsonl"):
        value = record(line, place)
        if "input" in value and hashlib.sha256(value["input"].encode()).hexdigest() != value["input_sha256"]:
            raise Wrong(place + ": the policy's input is not the one that was recorded")
        wanted[line] = value
    return wanted


def check_runs(files: Files) -> tuple[dict[str, str], dict[bytes, str]]:
    """Step 3; the file of each run by the checkpoint's line that must name its end, and that end by each line in a run."""
    ends: dict[str, str] = {}
    found: dict[bytes, str] = {}
    for name in sorted(name for name in files if name.startswith("ledger/")):
        before = None
        lines = lines_of(files, name)
        for line, place in lines:
            chain = record(line, place)["chain"]
            place_here = (chain["id"], chain["seq"], chain["prev"])
            if before and place_here != (before["id"], before["seq"] + 1, before["hash"]):
                raise Wrong(place + " does not follow the line before it")
            before = chain
        if before is None:
            raise Wrong(name + " is empty")
        end = f"chain {before['id']} {before['seq']} {before['hash']}"
        ends[end] = name
        found |= {line: end for line, _ in lines}
    return ends, found


def check_policies(files: Files) -> int:
    """Step 6."""
    folders: dict[str, list[list[str]]] = {}
    for name in sorted(files):
        if name.startswith("policies/"):
            with reading(name):
                _, revision, path = name.split("/", 2)
                folders.setdefault(revision, []).append([path, files[name].decode()])
    for revision, texts in folders.items():
        if hashlib.sha256(exact(texts)).hexdigest() != revision:
            raise Wrong("policies/" + revision + " is not the policy of that name")
    if "facts.json" not in files:
        raise Wrong("facts.json, which names the revisions of the facts, is missing")
    with reading("facts.json"):
        for revision, told in json.loads(files["facts.json"]).items():
            if told and not str(told.get("content_sha256")).startswith(revision.rpartition("-")[2]):
                raise Wrong("facts.json: " + revision + " is not the revision of that digest")
    return len(folders)


def check_opened(files: Files, records: dict[bytes, dict[str, Any]]) -> tuple[dict[str, dict[str, Any]], int]:
    """Step 7; by event id what was sealed and is committed to, and how many values no commitment holds."""
    by_id = {value["event_id"]: value for value in records.values()}
    bound: dict[str, dict[str, Any]] = {}
    unbound = 0
    for line, place in lines_of(files, "opened.jsonl") if "opened.jsonl" in files else []:
        with reading(place):
            item = json.loads(line.decode(), object_pairs_hook=once)
            event = item["event_id"]
            if event not in by_id or event in bound:
                raise Wrong(place + " is of no record here, or of one that was opened before")
            bound[event], unheld = bind(item, by_id[event].get("sealed_commitments", {}), place)
            unbound += unheld
    return bound, unbound


def bind(item: dict[str, Any], stated: dict[str, str], place: str) -> tuple[dict[str, Any], int]:
    """What was opened of one record and is committed to, and how many values of it no commitment holds."""
    found = {}
    for field, clear in SEALED.items():
        if clear in item and field in stated:
            text = (item["event_id"] + "\n" + field + "\n").encode() + exact(item[clear])
            salt = bytes.fromhex(item.get("salts", {}).get(field, ""))
            if hmac.new(salt, text, "sha256").hexdigest() != stated[field]:
                raise Wrong(place + ": " + clear + " is not what was sealed in the record")
            found[clear] = item[clear]
    return found, sum(clear in item and field not in stated for field, clear in SEALED.items())


def check(files: Files, known: KnownKeys) -> PackageReport:
    """All steps, of all files but those that a system left there."""
    files = leave_out_systems(files)
    said = [check_files(files)]
    records = check_records(files)
    said.append(f"Records: {len(records)} records are in one piece and match their own hashes")
    ends, linked = check_runs(files)
    held = [line for line in records if line in linked]
    said.append(f"Chain: {len(held)} of {len(records)} records are in {len(ends)} unbroken runs")
    notes = check_notes(files, ends, known)
    good = notes.signed - notes.unwitnessed
    proved = {records[line]["event_id"] for line in held if linked[line] in good}
    said.append(tell_signatures(notes, len(ends)))
    said.append(tell_witnesses(notes, len(ends), known))
    said.append(
        f"Policies: {check_policies(files)} policies are what their names say, and the revisions in facts.json end in its "
        "digests' first digits; what else it says of them is the maker's word"
    )
    opened, unbound = check_opened(files, records)
    values = sum(map(len, opened.values()))
    said.append(f"Sealed values: {values} that were opened are those that their records committed to")
    return PackageReport(
        said, list(records.values()), proved, opened, unbound, len(notes.earlier), len(notes.unwitnessed)
    )


def verdict(checked: PackageReport, known: KnownKeys) -> tuple[int, str]:
    """The exit code (0 all proved, 2 all whole but not all proved), and the result in a sentence."""
    if checked.unbound:
        return (
            2,
            f"nothing is wrong, but {checked.unbound} opened values are of records older than commitments: not proved.",
        )
    if checked.earlier:
        told = "some records are signed only by a key from before the ones given: give the key that was published then, too"
        return 2, f"nothing is wrong, but {told}."
    if checked.unwitnessed:
        left = len(checked.records) - len(checked.proved)
        told = (
            f"{left} of {len(checked.records)} records are not cosigned by {known.agree} witnesses, and are not proved"
        )
        return (
            2,
            f"nothing is wrong, but {told}: make the package again once these have taken them, or of the time before.",
        )
    if len(checked.proved) < len(checked.records):
        return 2, "nothing is wrong, but not every record is connected with a signature."
    return 0, "everything checks out." + (
        "" if known.keys else " Compare the signing key with the one the agency published."
    )


def read_arguments(arguments: list[str], folder: Path) -> argparse.Namespace:
    """What was asked for of the package in this folder."""
    parser = argparse.ArgumentParser(description="Checks this evidence package.")
    parser.add_argument("--key", type=published_key, action="append", default=[], help="a key the agency published")
    parser.add_argument("--witness", type=witness_key, action="append", default=[], help="a witness's published key")
    parser.add_argument("--agree", type=int, help="so many witnesses must agree (default: all given)")
    parser.add_argument("--page", type=Path, help="write what was proved to this HTML file")
    given = parser.parse_args(arguments)
    wrong = object_to(folder, given.page) if given.page else ""
    if wrong:
        parser.error(wrong)
    return given


def main(arguments: list[str]) -> int:
    """The exit code: as `verdict`, 1 where something does not hold, 2 where the page cannot be written."""
    folder = Path(__file__).resolve().parent
    given = read_arguments(arguments, folder)
    agree = len(given.witness) if given.agree is None else given.agree
    known = KnownKeys(tuple(given.key), tuple(given.witness), agree)
    try:
        checked = check(read_folder(folder), known)
    except (Wrong, OSError, ValueError, KeyError, TypeError, AttributeError) as problem:
        sys.stdout.write(f"RESULT: this package does NOT check out: {problem}.\n")
        return 1
    for number, sentence in enumerate(checked.said, 1):
        sys.stdout.write(f"{number}. {sentence}.\n")
    code, result = verdict(checked, known)
    sys.stdout.write(f"RESULT: {result}\n")
    wrong = write_page(given.page, page(checked.records, checked.proved, checked.opened, result)) if given.page else ""
    if wrong:
        sys.stderr.write(f"error: {wrong}\n")
        return 2
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
