"""An import: read everything, report every mistake, then switch to a new revision; or change nothing."""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import select
from sqlalchemy.schema import CreateTable

from gateway import clock
from gateway.errors import ConfigurationError
from gateway.facts import schema
from gateway.facts.changes import RevisionChanges, find_changes
from gateway.facts.checks import check, warnings
from gateway.facts.csv_files import CsvFile
from gateway.facts.first_seen import note_first_seen
from gateway.facts.integrity import seal_revision
from gateway.facts.long_approvals import warn_of_lengths
from gateway.facts.manifest import FILE as MANIFEST
from gateway.facts.manifest import Manifest, check_manifest, check_signature, read_manifest
from gateway.facts.open_revisions import explain_unreadable, open_revision_store
from gateway.facts.problems import Problems
from gateway.facts.revisions import Revision, RevisionBuilder, RevisionStore, Unreadable, name_revision
from gateway.facts.vocabulary import Vocabulary
from gateway.facts.word_checks import check_words, warn_of_words

_A_FIFTH: Final = 0.8
_PROTECTED: Final = select(schema.PROTECTED_PLATES.c.fold, schema.PROTECTED_PLATES.c.plate_state)
_NOTHING_KNOWN: Final = Vocabulary()
_Delivered = Mapping[str, tuple[str, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """A finished import. `shrunk` names the tables whose shrinking was forced; `warnings` are plain sentences."""

    revision: str
    sha256: str
    as_of: datetime
    rows: Mapping[str, int]
    shrunk: tuple[str, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportPreview:
    """What an import would do. `problems` are why it would be refused; `changes` None where files cannot be compared.

    `shrunk` names the tables that lose so much that `--force --why` is needed.
    """

    problems: tuple[str, ...]
    warnings: tuple[str, ...]
    rows: Mapping[str, int]
    shrunk: tuple[str, ...]
    changes: RevisionChanges | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportTerms:
    """On what terms files are taken.

    `force` with `why` lets tables shrink; `public_key` is the one that signs manifests; `vocabulary` is the policy's;
    `integrity` is the installation's secret that revisions are sealed by; of `keep_days` days the last revision of each stays readable.
    """

    now: datetime
    integrity: bytes = field(repr=False)
    force: bool = False
    why: str | None = None
    require_manifest: bool
    public_key: Ed25519PublicKey | None = None
    vocabulary: Vocabulary = _NOTHING_KNOWN
    keep_days: int
    max_age_hours: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Delivery:
    """What was read into a builder, and every mistake in it; `is_manifest_amiss`: there is none to go by, which is one of them."""

    files: _Delivered
    rows: Mapping[str, int]
    manifest: Manifest | None
    is_manifest_amiss: bool
    history: list[Revision]
    problems: Problems
    shrunk: tuple[str, ...]


def import_facts(directory: Path, *, url: str, terms: ImportTerms) -> ImportReport:
    """Imports the nine CSV files of a directory as the new revision in force.

    Raises:
        ConfigurationError: with every mistake; nothing was changed.
    """
    if terms.force and not (terms.why or "").strip():
        raise ConfigurationError(["--force needs --why: the reason is kept with the revision"])
    with _build(url) as (revision_store, builder):
        delivery = _read_delivery(directory, revision_store, builder, terms)
        if delivery.shrunk and not terms.force:
            delivery.problems.add(f"shrunk too much without --force --why: {', '.join(delivery.shrunk)}")
        if delivery.problems:
            raise ConfigurationError(delivery.problems.sentences())
        warned = _list_warnings(builder, delivery, terms)
        seal = partial(seal_revision, integrity=terms.integrity)
        revision = builder.publish(_revision(delivery, terms), seal, keep_days=terms.keep_days)
    same = [f"the same files as in revision {old.revision}" for old in delivery.history[:1] if old.content == revision.content]  # fmt: skip
    return ImportReport(
        revision=revision.revision,
        sha256=str(revision.sha256),
        as_of=revision.as_of,
        rows=delivery.rows,
        shrunk=delivery.shrunk,
        warnings=(*warned, *same),
    )


def preview_facts(directory: Path, *, url: str, terms: ImportTerms) -> ImportPreview:
    """What importing a directory would change, and whom; nothing is changed."""
    with _build(url) as (revision_store, builder):
        delivery = _read_delivery(directory, revision_store, builder, terms)
        comparable = len(delivery.files) == len(schema.TABLES)
        return ImportPreview(
            problems=tuple(delivery.problems.sentences()),
            warnings=tuple(_list_warnings(builder, delivery, terms)),
            rows=delivery.rows,
            shrunk=delivery.shrunk,
            changes=_compare(revision_store, builder, delivery.history) if comparable else None,
        )


@contextmanager
def _build(url: str) -> Iterator[tuple[RevisionStore, RevisionBuilder]]:
    revision_store = open_revision_store(url)
    try:
        with revision_store.building() as builder:
            yield revision_store, builder
    except Unreadable as error:
        raise explain_unreadable(error) from None
    finally:
        revision_store.close()


def _read_delivery(
    directory: Path, revision_store: RevisionStore, builder: RevisionBuilder, terms: ImportTerms
) -> _Delivery:
    problems = Problems()
    history = revision_store.history()
    manifest = read_manifest(directory, problems)
    is_unreadable = bool(problems)  # told as that alone
    files, usable = _load(directory, builder, problems)
    check(builder.connection, problems, now=terms.now, usable=usable)
    check_words(builder.connection, problems, terms.vocabulary)
    note_first_seen(builder.connection, revision_store, next(iter(history), None), clock.format_instant(terms.now))
    is_lacking = manifest is None and not is_unreadable and (terms.require_manifest or terms.public_key is not None)
    if is_lacking:
        signed = ", signed by the feed's key" if terms.public_key is not None else ""
        problems.add(f"{MANIFEST}: is required{signed}")
    if manifest is not None:
        _judge_manifest(manifest, files, history, terms, problems)
    rows = {name.removesuffix(".csv"): count for name, (_, count) in files.items()}
    whole = {name for name, left_out in usable.items() if not left_out}  # what else lacks has its own mistake
    shrunk = [name for name in _shrunk(revision_store, builder, history[0], rows) if name in whole] if history else []
    return _Delivery(
        files=files,
        rows=rows,
        manifest=manifest,
        is_manifest_amiss=is_unreadable or is_lacking,
        history=history,
        problems=problems,
        shrunk=tuple(shrunk),
    )


def _list_warnings(builder: RevisionBuilder, delivery: _Delivery, terms: ImportTerms) -> list[str]:
    """What is odd; not of a file with mistakes in its rows, for of what is missing there some of it would merely follow."""
    odd = [*warnings(builder.connection), *warn_of_words(builder.connection, terms.vocabulary)]
    long = warn_of_lengths(builder.connection, terms.vocabulary.longest_approval, terms.now)
    faulty = tuple(f"{name}:" for name in delivery.problems.files)
    remarks = [] if delivery.is_manifest_amiss else _remarks(delivery.manifest, terms)
    return [*(told for told in (*odd, *long) if not told.startswith(faulty)), *remarks]


def _compare(revision_store: RevisionStore, builder: RevisionBuilder, history: list[Revision]) -> RevisionChanges:
    reader = revision_store.open(history[0]) if history else None
    try:
        return find_changes(builder.connection, reader, revision_store.dialect)
    finally:
        if reader is not None:
            reader.close()


def _load(
    directory: Path, builder: RevisionBuilder, problems: Problems
) -> tuple[dict[str, tuple[str, int]], dict[str, set[str]]]:
    """The files as delivered (SHA-256 and rows), and the tables whose files could be read, with the rows left out."""
    delivered, usable = {}, {}
    for table in schema.TABLES:
        builder.connection.execute(CreateTable(table))
        file = CsvFile(directory / f"{table.name}.csv", table, problems)
        builder.load(table, file.rows())
        if file.usable:
            usable[table.name] = file.left_out
        if file.sha256 is not None:
            delivered[file.path.name] = (file.sha256, file.count)
    for index in schema.INDEXES:
        index.create(builder.connection)
    return delivered, usable


def _judge_manifest(
    manifest: Manifest, delivered: _Delivered, history: list[Revision], terms: ImportTerms, problems: Problems
) -> None:
    if terms.public_key is not None:
        check_signature(manifest, terms.public_key, problems)
    last_serial = max((revision.serial or 0 for revision in history), default=0)
    check_manifest(manifest, delivered, last_serial, terms.now, problems)


def _shrunk(
    revision_store: RevisionStore, builder: RevisionBuilder, before: Revision, rows: Mapping[str, int]
) -> list[str]:
    """The tables that lost more than a fifth of their rows, or any protection at all."""
    shrunk = [table for table, count in rows.items() if count < _A_FIFTH * before.rows.get(table, 0)]
    if schema.PROTECTED_PLATES.name not in shrunk and _unprotects(revision_store, builder, before):
        shrunk.append(schema.PROTECTED_PLATES.name)
    return shrunk


def _unprotects(revision_store: RevisionStore, builder: RevisionBuilder, before: Revision) -> bool:
    """Whether any plate protected before no longer is (a state added to a plate narrows its protection)."""
    after = {(row.fold, row.plate_state) for row in builder.connection.execute(_PROTECTED)}
    try:
        reader = revision_store.open(before)
        try:
            [protected] = reader.read([str(_PROTECTED.compile(dialect=revision_store.dialect))], {})
        finally:
            reader.close()
    except Unreadable:
        return True
    return any((fold, state) not in after and (fold, None) not in after for fold, state in protected)


def _revision(delivery: _Delivery, terms: ImportTerms) -> Revision:
    history, manifest = delivery.history, delivery.manifest
    described = "".join(f"{sha256}  {name}\n" for name, (sha256, _) in delivery.files.items())
    content = hashlib.sha256(described.encode()).hexdigest()
    number = history[0].number + 1 if history else 1
    return Revision(
        number=number,
        revision=name_revision(terms.now, number, content),
        content=content,
        imported_at=terms.now,
        as_of=min(manifest.as_of, terms.now) if manifest else terms.now,
        serial=manifest.serial if manifest else None,
        signed=terms.public_key is not None,
        why=terms.why,
        sha256=None,
        rows=delivery.rows,
    )


def _remarks(manifest: Manifest | None, terms: ImportTerms) -> list[str]:
    if manifest is None:
        return [f"no {MANIFEST}: the age of the facts runs from this import"]
    hours = (terms.now - manifest.as_of).total_seconds() / 3600
    told = [f"these facts are {hours:.0f} hours old: while they are in force everything is denied (facts_stale)"]
    stale = told if hours > terms.max_age_hours else []
    if terms.public_key is None:
        return [*stale, f"{MANIFEST}: no public key is configured, so nobody vouches for its origin"]
    return stale
