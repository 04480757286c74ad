"""What `doctor` looks at of what is kept: the facts, the store, the record and who can open what is sealed in it."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

from sqlalchemy import make_url

from gateway import clock
from gateway.app.database_questions import read_store_version
from gateway.app.facts_age import read_longest_age
from gateway.app.long_approvals import long_approvals, long_given
from gateway.app.outbound import find_proxy
from gateway.app.reach import connection_shortfalls, database_troubles
from gateway.app.state import (
    auditors,
    find_auditor_key,
    is_begun,
    is_shared,
    read_integrity,
    secret_troubles,
    shared_secrets_folder,
)
from gateway.app.symptom import FAILURE, OK, WARNING, Symptom
from gateway.app.unwitnessed import are_all_here, ask_witnesses, explain_unwitnessed
from gateway.errors import ConfigurationError
from gateway.facts import queries
from gateway.facts.revisions import NONE_YET
from gateway.ledger.encryption import read_identities
from gateway.ledger.space import free_bytes
from gateway.ledger.verification.report import FindingKind
from gateway.ledger.verification.trust import NO_TRUST, read_trust
from gateway.ledger.verification.verify import verify
from gateway.ledger.verification.witnessing import OverHttp
from gateway.settings import Settings
from gateway.store import open_store
from gateway.store.upgrade import NEWEST

_MEBIBYTE = 1 << 20
_OF_THE_KEYS = frozenset({FindingKind.KEYS_DIFFER, FindingKind.EPOCH_KEY_MISSING, FindingKind.EPOCH_KEY_BACK})


def look_at_facts(settings: Settings) -> Iterator[Symptom]:
    """Are there any, how old are they, are they signed and unaltered."""
    history = queries.revisions(settings.facts.url)
    if not history:
        yield Symptom("facts", FAILURE, NONE_YET.replace("no facts", "none", 1))
        return
    newest = history[0]
    hours = (clock.now() - newest.as_of).total_seconds() / 3600
    most = read_longest_age(settings)
    state = OK if hours <= most else FAILURE
    yield Symptom("facts", state, f"revision {newest.revision} is {hours:.1f} of {most:g} hours old")
    if hours < 0:
        yield Symptom("facts", FAILURE, "are from the future: this host's clock is late, or their source's is early")
    if newest.serial is None:
        yield Symptom("facts", WARNING, "came without a manifest: their age runs from the import, not from the source")
    elif not newest.signed:
        yield Symptom("facts", WARNING, "the manifest was not signed, or no manifest_key_file is set")
    yield from (Symptom("facts", WARNING, sentence) for sentence in long_approvals(settings))
    if not is_begun(settings):
        return  # nothing here could tell altered facts from others
    yield from (
        Symptom("facts", FAILURE, sentence)
        for sentence in queries.examine(settings.facts.url, read_integrity(settings))
    )


def look_at_store(settings: Settings) -> Iterator[Symptom]:
    """Every row, not only those that requests come upon."""
    yield from (Symptom("store", WARNING, sentence) for sentence in connection_shortfalls(settings))
    troubles = secret_troubles(settings)
    yield from (Symptom("store", FAILURE, sentence) for sentence in troubles)
    if troubles:
        return
    if not is_begun(settings):
        yield Symptom("store", WARNING, "nothing is kept yet; `serve` begins it")
        return
    unusable = database_troubles(settings)
    yield from (Symptom("store", FAILURE, sentence) for sentence in unusable)
    yield from _left_behind(settings)
    if not unusable:
        yield from _look_at_rows(settings)
    if is_shared(settings):
        yield Symptom(
            "store", OK, f"{shared_secrets_folder(settings)} holds the secrets of every gateway on this store"
        )


def _look_at_rows(settings: Settings) -> Iterator[Symptom]:
    """Every row, where the tables are this version's: to open others would bring them up to date, under a gateway that runs."""
    found = read_store_version(settings.store.url)
    if found is None:
        yield Symptom("store", WARNING, "it holds no tables yet; `serve` begins them")
    elif found < NEWEST:
        told = f"its tables are of an earlier version ({found}; this one's: {NEWEST}), so no row was looked at"
        yield Symptom("store", WARNING, f"{told}: this version's `serve` brings them up to date")
    else:
        store = open_store(settings.store.url, read_integrity(settings))
        with closing(store):
            altered, long = store.examine(), long_given(settings, store)
        yield from (Symptom("store", WARNING, sentence) for sentence in long)
        yield from (Symptom("store", FAILURE, sentence) for sentence in altered)
        if not altered:
            yield Symptom("store", OK, "every row is as the gateway wrote it")


def _left_behind(settings: Settings) -> Iterator[Symptom]:
    """The store of before, where the settings name another one now: a new one begins empty."""
    before, used = settings.paths.state / "gateway.db", make_url(settings.store.url)
    is_used = used.get_backend_name() == "sqlite" and Path(used.database or "").resolve() == before.resolve()
    if before.exists() and not is_used:
        sentence = (
            f"another than {before} is used: keys and acceptances in that file count no more (operators.md, PostgreSQL)"
        )
        yield Symptom("store", WARNING, sentence)


def _ledger_left_behind(settings: Settings) -> Iterator[Symptom]:
    """The ledger of before, where the settings name another folder now: a back-up that is not told of that takes the old one."""
    before = settings.paths.state / "audit"
    if (before / "keys").is_dir() and before.resolve() != settings.audit.directory.resolve():
        told = f"{before} holds a ledger, and another is used: move it away, and name the other to backup.sh (AUDIT=FOLDER)"
        yield Symptom("ledger", WARNING, told)


def look_at_ledger(settings: Settings) -> Iterator[Symptom]:
    """Does it verify, is there room for more, what of it has no witness."""
    directory = settings.audit.directory
    yield from _ledger_left_behind(settings)
    if not directory.exists():
        yield Symptom("ledger", WARNING, "nothing was recorded yet")
        return
    yield _room(settings, free_bytes(directory) // _MEBIBYTE)
    trust = read_trust(settings.audit.trust_file) if settings.audit.trust_file else NO_TRUST
    asked = ask_witnesses(settings)
    answering = [target for target, silence in asked.items() if silence is None]
    report = verify(
        directory,
        against=answering,
        trust=trust,
        over_http=OverHttp(settings.audit.witness_ca_files, find_proxy(settings)),
    )
    for broken in report.breaks:
        yield Symptom("ledger", FAILURE, f"{broken.file}:{broken.line or ''} {broken.sentence}")
    if not report.breaks:
        yield Symptom("ledger", OK, f"{report.records} records verify")
        yield from (Symptom("ledger", OK, sentence) for sentence in report.proof.sentences[1:3])
    for found in report.findings:
        if found.kind in _OF_THE_KEYS:
            yield Symptom("ledger", WARNING, f"{found.file}: {found.sentence}")
    if report.unwitnessed_since is not None:
        is_wrong, sentence = explain_unwitnessed(settings, report, asked)
        yield Symptom("ledger", FAILURE if is_wrong else OK, sentence)
    if are_all_here(settings):
        yield Symptom(
            "ledger", WARNING, "every witness is within this host's reach: who rules it, rules them; add another"
        )


def look_at_sealing(settings: Settings) -> Iterator[Symptom]:
    """Who holds this host must not be able to open what is sealed in the record."""
    key, sealed_to = find_auditor_key(settings), _find_auditors(settings)
    if sealed_to is None:
        told = (
            "no auditor's key is named, and the next start makes a pair on this host, which opens what is sealed then"
        )
        if key is not None or is_begun(settings):
            yield Symptom("ledger", WARNING, f"{told}: set [audit] recipients before")
    elif key is not None and _opens(key, sealed_to):
        remedy = "move it to an auditor's machine" if settings.audit.recipients else "set [audit] recipients"
        yield Symptom("ledger", WARNING, f"the key that opens sealed fields lies on this host, {key}: {remedy}")
    elif key is not None:
        told = "nothing is sealed to it now, and it opens what was sealed to it before, if anything was"
        yield Symptom("ledger", WARNING, f"an auditor's private key lies on this host, {key}: {told}; move it away")


def _find_auditors(settings: Settings) -> tuple[str, ...] | None:
    """The public keys that records are sealed to; None where none is named, and none made yet."""
    try:
        return auditors(settings)
    except (FileNotFoundError, NotADirectoryError):  # what keeps the state from being there, the look at it says
        return None


def _opens(key: Path, recipients: Sequence[str]) -> bool:
    """Whether a private key opens what is sealed now; of a file that cannot be read it is taken for granted."""
    try:
        lines = [line for line in key.read_text("utf-8").splitlines() if not line.startswith("#")]
        return not {str(one.to_public()) for one in read_identities("\n".join(lines))}.isdisjoint(recipients)
    except (OSError, ValueError, ConfigurationError):
        return True


def _room(settings: Settings, free: int) -> Symptom:
    stop, warn = settings.audit.stop_free_mb, settings.audit.warn_free_mb
    told = f"{free} MiB free on its disk"
    if free < stop:
        return Symptom("ledger", FAILURE, f"{told}: below {stop} (stop_free_mb) no search is served; make room")
    if free < warn:
        return Symptom("ledger", WARNING, f"{told}: below {warn} (warn_free_mb) alarms are raised; make room")
    return Symptom("ledger", OK, told)
