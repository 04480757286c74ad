"""What oversight keeps on disk, held against what is on record of it.

Who rules the host can change the kept rows of an export, or what the last reconciliation found, and so hide a search from
the detectors. Of each such file the record has the digest; a file that is another, or gone, is itself found.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson

from gateway.auditing.source import LedgerTable
from gateway.clock import format_instant
from gateway.errors import ConfigurationError
from gateway.oversight.imports.sheets import digest_of_file
from gateway.oversight.imports.store import ImportStore

RECONCILIATION = "reconciliation.json"
STANDING = (
    "i.event_type = 'oversight.imported' AND NOT EXISTS (SELECT 1 FROM records w WHERE w.event_type = 'oversight.withdrawn' "
    "AND w.oversight->>'import_id' = i.oversight->>'import_id' AND w.ts >= i.ts)"
)
"""The condition of a record `i` of an import that was not withdrawn since."""
WITHDRAWN_SINCE = "SELECT 1 FROM records w WHERE w.event_type = 'finding.withdrawn' AND w.finding_id = records.finding_id AND w.ts >= records.ts"
"""The question for a withdrawal of the finding that a record opened."""
STANDING_FINDINGS = f"event_type = 'finding.opened' AND NOT EXISTS ({WITHDRAWN_SINCE})"
"""The condition of the record of a finding that was not withdrawn since, with a vendor's file that was taken back."""
_UNDER_WAY = timedelta(minutes=1)
"""A record is written just before the file that it is about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptImports:
    """Imports whose kept rows are not what was imported, each with the remedy; those of which nothing is left; their vendors."""

    changed: tuple[str, ...]
    missing: tuple[str, ...]
    vendors: tuple[str, ...]


def list_changed(source: LedgerTable, state: Path, imports: ImportStore, now: datetime) -> list[str]:
    """Everything kept that is not what is on record, each by a name that changes with it; imports where they are gone or were withdrawn."""
    reconciliation = check_reconciliation(source, state, now)
    return [
        *([reconciliation] if reconciliation else []),
        *(f"{name} gone" for name in list_missing(source, imports)),
        *_list_withdrawn(source),
    ]


def check_reconciliation(source: LedgerTable, state: Path, now: datetime) -> str | None:
    """What is kept of the last reconciliation, if that is not what it found."""
    rows = source.ask(
        "SELECT ts, oversight->>'kept_sha256' FROM records WHERE event_type = 'oversight.reconciled' "
        "OR (event_type = 'oversight.withdrawn' AND oversight->>'kept_sha256' IS NOT NULL) ORDER BY ts DESC LIMIT 1"
    )
    if not rows or rows[0][1] is None or rows[0][0].replace(tzinfo=UTC) > now - _UNDER_WAY:
        return None
    try:
        found = sha256((state / RECONCILIATION).read_bytes()).hexdigest()
    except FileNotFoundError:
        found = "gone"
    return None if found == rows[0][1] else f"{RECONCILIATION} {found[:16]}"


def check_imports(source: LedgerTable, imports: ImportStore) -> KeptImports:
    """The kept rows of all imports against their digests on record."""
    recorded = _find_digests(source)
    kept = {path.stem: path for path in imports.files()}
    changed = [
        f"{name}: its kept rows are on no record; import the file again, or remove {path}"
        for name, path in kept.items()
        if name not in recorded
    ]
    changed += [
        f"{name}: its kept rows are not those that were imported; import the file again"
        for name, digest in recorded.items()
        if digest is not None and name in kept and sha256(kept[name].read_bytes()).hexdigest() != digest
    ]
    vendors = source.ask(
        f"SELECT DISTINCT oversight->>'vendor' FROM records i WHERE {STANDING} AND oversight->>'vendor' IS NOT NULL"  # noqa: S608 - ours
    )
    return KeptImports(
        changed=tuple(changed),
        missing=tuple(list_missing(source, imports)),
        vendors=tuple(sorted(row[0] for row in vendors)),
    )


def list_missing(source: LedgerTable, imports: ImportStore) -> list[str]:
    """Imports on record of which the rows are gone."""
    kept = {path.stem for path in imports.files()}
    return [name for name, digest in _find_digests(source).items() if digest is not None and name not in kept]


def list_standing(source: LedgerTable) -> list[str]:
    """The ids of imports that were not withdrawn, those first that were imported first."""
    return list(_find_digests(source))


def check_new(source: LedgerTable, path: Path, kind: str, vendor: str) -> None:
    """Whether this file is on record as another vendor's, or of another kind: each row would be held against the record twice, or wrongly.

    Raises:
        ConfigurationError: it is, and that import was not withdrawn.
    """
    found = source.ask(
        "SELECT oversight->>'import_id', oversight->>'vendor', oversight->>'kind', max(ts) FROM records i "  # noqa: S608 - ours
        f"WHERE {STANDING} AND oversight->>'sha256' = ? AND oversight->>'import_id' IS NOT NULL GROUP BY ALL ORDER BY 4",
        [digest_of_file(path)],
    )
    told = [
        f"{path.name} is kept already: as {name}, {kept_kind} of {kept_vendor}, since {format_instant(at.replace(tzinfo=UTC))}; "
        f"nothing was changed. If that was wrong, take it back first, by `lpr-gateway oversight withdraw {name} --why TEXT`, and import it again"
        for name, kept_vendor, kept_kind, at in found
        if (kept_vendor, kept_kind) != (vendor, kind)
    ]
    if told:
        raise ConfigurationError(told)


def times_of_imports(source: LedgerTable) -> list[datetime]:
    """When exports of searches were imported, by the record."""
    found = source.ask(f"SELECT ts, oversight FROM records i WHERE {STANDING} ORDER BY ts")  # noqa: S608 - ours
    told = [(at, orjson.loads(details or "{}")) for at, details in found]
    return [at for at, details in told if "import_id" in details and details.get("kind") != "events"]


def _find_digests(source: LedgerTable) -> Mapping[str, Any]:
    """The digest of the kept rows of every import, by the last record of it."""
    rows = source.ask(
        f"SELECT oversight->>'import_id', oversight->>'kept_sha256' FROM records i WHERE {STANDING} "  # noqa: S608 - ours
        "AND oversight->>'import_id' IS NOT NULL ORDER BY ts, seq"
    )
    return dict(rows)


def _list_withdrawn(source: LedgerTable) -> list[str]:
    """Each withdrawal of an import: what it told is held against nothing any more, and somebody is to look why, every time."""
    rows = source.ask(
        "SELECT oversight->>'import_id' AS name, row_number() OVER (PARTITION BY name ORDER BY ts, seq) AS turn FROM records "
        "WHERE event_type = 'oversight.withdrawn' AND name IS NOT NULL ORDER BY name, turn"
    )
    return [f"{name} withdrawn" if turn == 1 else f"{name} withdrawn again ({turn})" for name, turn in rows]
