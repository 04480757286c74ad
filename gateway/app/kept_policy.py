"""Keeps the policy that a start decides by, and holds the history of policies against the audit record."""

import hashlib
import hmac
from contextlib import suppress
from pathlib import Path

import orjson

from gateway import clock, pdp, reasons
from gateway.app.engine import make_engine
from gateway.app.policy_in_force import find_in_force, find_policy, policy_history
from gateway.app.state import is_begun, oversight_directory, read_integrity, secrets_folder
from gateway.durable import REAL_DISK
from gateway.errors import ConfigurationError
from gateway.ledger import read_records
from gateway.pdp import Bundle, keep_revision
from gateway.settings import Settings

_TOLD = 20
"""So many findings are told; more have one cause, as a rule, and `policy check` tells them all."""
_ACTS = (b'"event_type":"policy.activated"', b'"event_type":"policy.rolled_back"', b'"event_type":"policy.deactivated"')


def with_kept_policy(settings: Settings) -> Settings:
    """The same settings, with the policy in force kept under its revision, and read from there.

    So every worker of one start decides by the same policy, however long the start lasts and whatever happens to the
    folder meanwhile, until another is activated.

    Raises:
        ConfigurationError: the policy cannot be read, or what is kept under its revision was changed.
    """
    kept = keep_revision(find_policy(settings), settings.paths.state)
    oversight = settings.oversight.model_copy(update={"directory": oversight_directory(settings)})
    paths = settings.paths.model_copy(update={"policies": kept})
    return settings.model_copy(update={"paths": paths, "oversight": oversight})


def check_policy(settings: Settings) -> None:
    """Find what keeps the policy in force from deciding, and a history that is behind the record of acts.

    Raises:
        ConfigurationError: with what it is.
    """
    recorded, kept = _count_recorded(settings.audit.directory), len(policy_history(settings).read())
    if kept < recorded:
        raise ConfigurationError(
            [f"the policy history holds {kept} acts, but {recorded} are on record: restore state/policy/history.jsonl"]
        )
    force = find_in_force(settings, clock.now())
    if force.bundle is not None:
        make_engine(settings, force.bundle)
        if force.standing is None:
            _require_checked(settings, force.bundle)


def find_shortfalls(settings: Settings, signed: Bundle) -> list[str]:
    """What this version's check finds in a policy that two signed: it decides all the same, as signed."""
    return _find_unchecked(settings, signed, settings.paths.state / "revisions" / signed.revision, is_signed=True)


def _require_checked(settings: Settings, bundle: Bundle) -> None:
    """A policy that nobody signed must at least pass what can be checked at a start."""
    told = _find_unchecked(settings, bundle, settings.paths.policies)
    if told:
        more = [f"and {len(told) - _TOLD} more"] if len(told) > _TOLD else []
        raise ConfigurationError(
            [*told[:_TOLD], *more, "run `lpr-gateway policy check`: a policy that does not pass it does not start"]
        )


def _find_unchecked(settings: Settings, bundle: Bundle, folder: Path, *, is_signed: bool = False) -> list[str]:
    """What the check at a start finds, in this folder; what passed it is remembered, until a version checks otherwise.

    Before an installation is begun it is not: a command that only looks would make files, and perhaps as another user. Nor
    where only the secrets that gateways share are here: the state may lie elsewhere yet, and is moved here next.
    """
    begun = is_begun(settings) and secrets_folder(settings).exists()
    passed, mark = settings.paths.state / "policy" / "checked" / bundle.revision, ""
    if begun:
        checked = f"checked policy {bundle.revision} by {_digest_of_checks()}"
        mark = hmac.digest(read_integrity(settings), checked.encode(), "sha256").hex()
        with suppress(OSError):
            if hmac.compare_digest(passed.read_bytes(), mark.encode()):
                return []
    from gateway.pdp.check import check_at_start  # with what generates inputs; most starts need none of it

    told = [f"{finding.place}: {finding.sentence}" for finding in check_at_start(folder, is_signed=is_signed)]
    if begun and not told:
        with suppress(OSError):  # whoever may not write here checks again the next time
            REAL_DISK.folder(passed.parent)  # which makes every folder above it private too
            passed.write_text(mark)
    return told


def _digest_of_checks() -> str:
    """Other in each version that checks otherwise: over all that judges a policy."""
    judges = sorted(path for path in Path(pdp.__file__).parent.rglob("*") if path.suffix in {".py", ".json"})
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in (*judges, Path(reasons.__file__)))).hexdigest()


def _count_recorded(directory: Path) -> int:
    """The highest number of an act that the commands' chain holds."""
    lines = (line.raw for line in read_records(directory, "cli") if any(act in line.raw for act in _ACTS))
    return max((int(orjson.loads(raw).get("counter") or 0) for raw in lines), default=0)
