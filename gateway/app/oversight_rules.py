"""Oversight's folder as the privacy office keeps it: each change of it, kept and on record.

It is no part of the policy that two people sign, for it decides no search; so what changes in it must be seen.
"""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

from gateway.app.state import oversight_directory
from gateway.auditing.source import LedgerTable
from gateway.canonical import canonical
from gateway.durable import write_folder_once
from gateway.errors import ConfigurationError
from gateway.ledger.records.event import Body, admin_record
from gateway.lifecycle.difference import (
    MOST_CHANGES,
    UNREADABLE,
    changed_values,
    order_values_first,
    patch_digest,
    sum_up,
    tell_file,
)
from gateway.model import Json
from gateway.oversight.detectors.catalog import Detector
from gateway.pdp.tables import parse_table
from gateway.settings import Settings

_READ = frozenset({"data.yaml", "detector.yaml", "query.sql", "detector.rego"})
_TABLE = "data.yaml"


def read_rules(directory: Path) -> dict[str, str]:
    """The text of each file that oversight reads, by its path in the folder; their tests are none of them."""
    paths = sorted(path for path in directory.rglob("*") if path.name in _READ)
    return {path.relative_to(directory).as_posix(): path.read_text(encoding="utf-8") for path in paths}


def describe_change(settings: Settings, source: LedgerTable, detectors: Sequence[Detector]) -> Body | None:
    """The record that oversight's folder is another than the record says, with the difference; None where it is that one.

    Who may edit it could make a detector blind; so nobody does it unseen. What it was and is stays readable, each under
    its digest below `oversight-rules` in the state folder.
    """
    rules, kept = read_rules(oversight_directory(settings)), settings.paths.state / "oversight-rules"
    digest = _digest(rules)
    before = _last_change(source)
    if before.get("rules_sha256") == digest:
        return None
    write_folder_once(kept / digest, ((path, text.encode()) for path, text in rules.items()))
    replaced = before.get("rules_sha256")
    used = _load(kept, str(replaced)) if replaced else None
    present = {detector.detector_id: detector.digest for detector in detectors}
    past: dict[str, str] = before.get("digests", {})
    changed = sorted(name for name in past | present if past.get(name) != present.get(name))
    changes = [] if used is None else tell_changes(used, rules)
    told: dict[str, Json] = {
        "changed": list[Json](changed),
        "digests": dict[str, Json](present),
        "rules_sha256": digest,
        "replaces": replaced,
        "diff_sha256": None if used is None else patch_digest(used, rules),
        "changes": [*changes[:MOST_CHANGES]],
    }
    first = f"{len(present)} detectors look from now on"
    what = first if not before else UNREADABLE if used is None else sum_up(changes)
    return admin_record("detectors.changed", operator="gateway", what=what, oversight=told)


def tell_changes(old: Mapping[str, str], new: Mapping[str, str]) -> list[str]:
    """Each change as a line: limits and other values from what to what, questions by how many lines."""
    told: list[str] = []
    for path in sorted(old.keys() | new.keys()):
        if old.get(path) == new.get(path):
            continue
        tables = [_parse(texts.get(path), path) for texts in (old, new)]
        if path.endswith(_TABLE) and all(isinstance(table, dict) for table in tables):
            values = [*changed_values(f"oversight/{path.removesuffix(f'/{_TABLE}')}", *tables)]
            told += values or [f"oversight/{path}: only comments differ"]
        else:
            told.append(f"oversight/{tell_file(path, dict(old), dict(new))}")
    return order_values_first(told)


def _parse(text: str | None, path: str) -> Any:  # noqa: ANN401 - any table
    try:
        return None if text is None else parse_table(text, path)
    except ConfigurationError:
        return None


def _digest(rules: Mapping[str, str]) -> str:
    return hashlib.sha256(canonical(dict[str, Json](rules)).encode()).hexdigest()


def _load(kept: Path, digest: str) -> dict[str, str] | None:
    """What was kept under this digest; None where it is gone, or is another by now."""
    try:
        rules = read_rules(kept / digest)
    except (OSError, UnicodeDecodeError):
        return None
    return rules if rules and _digest(rules) == digest else None


def _last_change(source: LedgerTable) -> dict[str, Any]:
    rows = source.ask(
        "SELECT oversight FROM records WHERE event_type = 'detectors.changed' ORDER BY ts DESC, seq DESC LIMIT 1"
    )
    found: dict[str, Any] = orjson.loads(rows[0][0]) if rows else {}
    return found
