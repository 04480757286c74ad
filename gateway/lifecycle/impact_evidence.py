"""An impact report as evidence of a statement, with the seal by which an installation knows the numbers that it worked out.

A report is a file that whoever signs first may edit, and whoever signs second believes its numbers. So `policy impact`
seals it with a key of the installation, whose record it is about. The seal is over both policies, the period, the numbers
and, by a digest, all the rest; a statement holds what it needs to be tried again.
"""

import hashlib
import hmac
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from gateway.canonical import canonical_bytes
from gateway.errors import ConfigurationError
from gateway.model import Json

IMPACT_NUMBERS = (
    "replayed",
    "not_reproduced",
    "newly_allowed",
    "newly_denied",
    "obligations_changed",
    "reasons_changed",
)
SEAL, CONTENT = "seal", "content_sha256"
UNSEALED = "the seal of this installation is not on it, so it was changed, or made elsewhere, or by an earlier version"
_TOLD = ("since", "until", "sample", "engine", *IMPACT_NUMBERS)
_ABOUT = "lpr.policy.impact.v1"


def seal_report(document: Mapping[str, Any], key: bytes) -> dict[str, Any]:
    """The report as `policy impact --json` prints it, sealed."""
    content = orjson.loads(orjson.dumps(document))  # as whoever reads the file will have it
    return {**document, SEAL: _make_seal(_tell(content), key, content["current"], content["candidate"])}


def read_impact(path: Path, key: bytes | None, *, current: str, candidate: str) -> dict[str, Json]:
    """What an impact report says, by the hash of its file and its numbers, with the seal.

    Raises:
        ConfigurationError: it is no impact report, or about other policies than these, or without this installation's seal.
    """
    try:
        text = path.read_bytes()
        report: Any = orjson.loads(text)
        about, told = (report["current"], report["candidate"]), _tell(report)
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        raise ConfigurationError([f"{path} is no impact report: make one with `policy impact --json`"]) from None
    if about != (current, candidate):
        raise ConfigurationError(
            [f"{path} is about another change than this one: make it anew with `policy impact --candidate … --json`"]
        )
    evidence = {"sha256": hashlib.sha256(text).hexdigest(), **told, SEAL: report.get(SEAL)}
    if not is_own_impact(evidence, key, current=current, candidate=candidate):
        anew = "make it anew on the gateway's host with `policy impact --candidate … --json`"
        raise ConfigurationError([f"{path} is not taken: {UNSEALED}; {anew}, and leave it as it is"])
    return evidence


def is_own_impact(impact: Json, key: bytes | None, *, current: str, candidate: str) -> bool:
    """Whether this installation worked out what a statement says of the impact, on these two policies."""
    if key is None or not isinstance(impact, Mapping) or not isinstance(impact.get(SEAL), str):
        return False
    try:
        made = _make_seal(impact, key, current, candidate)
    except (LookupError, ValueError):
        return False
    return hmac.compare_digest(made.encode(), str(impact[SEAL]).encode())


def _tell(report: Mapping[str, Any]) -> dict[str, Json]:
    """What a statement says of a report. One of an earlier version lacks some of it, as it lacks the seal."""
    rest = {name: value for name, value in report.items() if name != SEAL}
    content = orjson.dumps(rest, option=orjson.OPT_SORT_KEYS)  # keys that no record may have are told in it, too
    numbers: dict[str, Json] = {name: int(report[name]) for name in IMPACT_NUMBERS}
    period: dict[str, Json] = {name: report.get(name) for name in ("since", "until", "engine")}
    return {**period, "sample": report["sample"], **numbers, CONTENT: hashlib.sha256(content).hexdigest()}


def _make_seal(told: Mapping[str, Json], key: bytes, current: str, candidate: str) -> str:
    sealed = {name: told[name] for name in (*_TOLD, CONTENT)}
    about = {"schema": _ABOUT, "current": current, "candidate": candidate}
    return hmac.digest(key, canonical_bytes({**about, **sealed}), hashlib.sha256).hex()
