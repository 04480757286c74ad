"""Puts an evidence package together."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from gateway.auditing.access import Access
from gateway.auditing.evidence.package import Package, open_package
from gateway.auditing.evidence.proofs import Run, notes_of_keys, runs
from gateway.auditing.evidence.readme import readme
from gateway.auditing.search import Criteria, condition, find_lines
from gateway.auditing.source import LedgerTable
from gateway.auditing.unseal import Opened, open_records, tell_unopened
from gateway.auditing.unsearched import tell_unsearched
from gateway.clock import format_instant
from gateway.errors import ConfigurationError
from gateway.ledger.checkpoints.cosignatures import read_cosignatures
from gateway.ledger.checkpoints.keys import read_published_keys
from gateway.ledger.checkpoints.note import VerifierKey
from gateway.ledger.records.form import RecordPlace
from gateway.ledger.segments import Line

SCHEMA = "lpr.audit.evidence.v1"


class NothingFoundError(ConfigurationError):
    """No record answers to what was asked, which is on record: there is nothing to make a package of."""


_HERE = Path(__file__).parent
_PROGRAM = {
    "verify.py": _HERE / "verify_package.py",
    "ed25519.py": _HERE / "ed25519.py",
    "listed_files.py": _HERE / "listed_files.py",
    "signed_ends.py": _HERE / "signed_ends.py",
    "checked_page.py": _HERE / "checked_page.py",
    "roles.py": _HERE.parent / "roles.py",
    "verdicts.py": _HERE.parent / "verdicts.py",
}
"""The program that checks a package: the names of its files there, and where they are here."""
_CUT_OFF = "not connected with a signature: of what lies between, something is missing or damaged"


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionContext:
    """What decisions were made by: a folder with a folder for each policy revision, and what is known of facts revisions."""

    policies: Path
    facts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What a package holds: the records asked for, those of `others` between them and a signature, how many are proved.

    `shortcomings` are sentences on what it could not hold; `unopened`: the key that was given does not open all of it.
    """

    records: int
    others: int
    signed: int
    shortcomings: tuple[str, ...]
    unopened: bool


def make_evidence(
    source: LedgerTable,
    criteria: Criteria,
    out: Path,
    access: Access,
    *,
    context: DecisionContext,
    private_key: str | None,
    links: bool,
    now: datetime,
) -> Evidence:
    """Write the package for these criteria, with the outcomes of the decisions found, to a new folder or zip file.

    With `private_key` the sealed fields of these records are opened beside them. Without `links` the records of others
    stay out, and nothing is proved but that each record is whole.

    Raises:
        ConfigurationError: `out` exists, or the key is none.
        NothingFoundError: no record answers to the criteria.
        Refusal: the reading cannot be recorded.
        OSError: `out` cannot be written.
    """
    access.record("evidence", criteria.describe() | {"links": links, "opened": private_key is not None})
    lines = _find_wanted(source, criteria)
    places = [RecordPlace(line.chain_id, line.seq) for line in lines]
    found, unsigned = runs(source.directory, places)
    opened = _open_records(source, lines, private_key, access)
    with open_package(out) as package:
        package.add("records.jsonl", _join_records(line.raw for line in lines))
        if private_key is not None:
            package.add("opened.jsonl", _join_records(orjson.dumps(item) for item in opened.values()))
        others, proved = _add_proofs(package, source, found, frozenset(places), links=links)
        _add_keys(package, source.directory)
        records = [orjson.loads(line.raw) for line in lines]
        unopened = _tell_unopened(opened)
        missing = [
            *_add_policies(package, records, context.policies),
            *_add_facts(package, records, context.facts),
            *_tell_unproved(len(unsigned), len(places) - len(unsigned) - proved if links else 0),
            *unopened,
            *tell_unsearched(source, criteria),
            *source.problems,
        ]
        package.add("README.html", readme(tuple(missing), links=links, opened=private_key is not None).encode())
        made = {"made_at": format_instant(now), "made_by": access.reader, "why": access.why}
        _add_manifest(package, made | {"asked_for": criteria.describe(), "shortcomings": missing})
    return Evidence(
        records=len(lines), others=others, signed=proved, shortcomings=tuple(missing), unopened=bool(unopened)
    )


def _tell_unproved(unsigned: int, cut_off: int) -> list[str]:
    told = [(unsigned, "newer than the last signed checkpoint"), (cut_off, _CUT_OFF)]
    return [f"{count} records are {why}" for count, why in told if count]


def _find_wanted(source: LedgerTable, criteria: Criteria) -> list[Line]:
    """The records, oldest first, the outcomes of the decisions among them included."""
    where, parameters = condition(criteria)
    decisions = f"SELECT decision_id FROM records WHERE ({where}) AND event_type = 'decision'"  # noqa: S608
    both = f"({where}) OR (event_type = 'outcome' AND decision_id IN ({decisions}))"
    lines = list(find_lines(source, list(reversed(source.places(both, [*parameters, *parameters], None)))))
    if not lines:
        raise NothingFoundError(
            [*criteria.altered.values(), "no record answers to this: there is nothing to make a package of"]
        )
    return lines


def _open_records(
    source: LedgerTable, lines: Sequence[Line], private_key: str | None, access: Access
) -> dict[str, dict[str, Any]]:
    """What was sealed in each record, by its event id."""
    if private_key is None:
        return {}
    found = open_records(source.directory, lines, private_key, access)
    return {item.record["event_id"]: _describe(item) for item in found if item.content or item.problem}


def _tell_unopened(opened: Mapping[str, Mapping[str, Any]]) -> list[str]:
    return tell_unopened(Counter(item["problem"] for item in opened.values() if item["problem"]))


def _describe(item: Opened) -> dict[str, Any]:
    told = {"event_id": item.record["event_id"], **item.content, "problem": item.problem}
    return told | ({"salts": item.salts} if item.salts else {})


def _join_records(lines: Iterable[bytes]) -> bytes:
    return b"".join(line + b"\n" for line in lines)


def _add_proofs(
    package: Package, source: LedgerTable, found: Sequence[Run], wanted: frozenset[RecordPlace], *, links: bool
) -> tuple[int, int]:
    """The runs and their checkpoints; how many records in them were not asked for, and how many were."""
    others = proved = 0
    cosignatures = read_cosignatures(source.directory)
    notes = dict(notes_of_keys(source.directory)) | {run.number: run.note for run in found}
    for number, note in sorted(notes.items()):
        package.add(f"checkpoints/{number}.note", f"{note}{''.join(cosignatures.get(number, ()))}".encode())
    for run in found if links else ():
        lines = run.read_linked(source.directory)
        if lines:
            package.add(run.name_from(lines[0].seq), _join_records(line.raw for line in lines))
        asked_for = sum(RecordPlace(line.chain_id, line.seq) in wanted for line in lines)
        others, proved = others + len(lines) - asked_for, proved + asked_for
    return others, proved


def _add_keys(package: Package, directory: Path) -> None:
    for key in _read_keys(directory):
        package.add(f"keys/{key.key_id}.vkey", f"{key}\n".encode())


def _read_keys(directory: Path) -> list[VerifierKey]:
    try:
        return read_published_keys(directory)
    except ValueError:
        told = "a public key beside the ledger is not written as name+id+key: run `audit verify`"
        raise ConfigurationError([told]) from None


def _add_policies(package: Package, records: Sequence[Mapping[str, Any]], kept: Path) -> list[str]:
    missing = []
    for revision in sorted({str(record["policy_revision"]) for record in records if record.get("policy_revision")}):
        folder = kept / revision
        if not revision.isalnum() or not folder.is_dir():
            missing.append(f"the text of policy {revision} is not kept on this host")
            continue
        for path in sorted(item for item in folder.rglob("*") if item.is_file()):
            package.add(f"policies/{revision}/{path.relative_to(folder).as_posix()}", path.read_bytes())
    return missing


def _add_facts(
    package: Package, records: Sequence[Mapping[str, Any]], known: Mapping[str, Mapping[str, Any]]
) -> list[str]:
    used = sorted({str(record["facts_revision"]) for record in records if record.get("facts_revision")})
    package.add("facts.json", _pretty({revision: known.get(revision) for revision in used}))
    return [f"facts revision {revision} is not known on this host" for revision in used if revision not in known]


def _add_manifest(package: Package, told: Mapping[str, Any]) -> None:
    """The program that checks, and the list of files. What is told here is the maker's word, and proves nothing."""
    for name, source in _PROGRAM.items():
        package.add(name, source.read_bytes())
    package.add("manifest.json", _pretty({"schema": SCHEMA, **told, "files": dict(sorted(package.digests.items()))}))


def _pretty(value: Mapping[str, Any]) -> bytes:
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()
