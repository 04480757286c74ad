"""What an auditor knows from elsewhere: whose ledger it is, which keys sign it, who witnesses it, how many must agree.

    origin = "lpr-gateway-0f3a5b7c9d1e2f40"
    keys = ["lpr-gateway-0f3a5b7c9d1e2f40+1a2b3c4d+AS…"]
    agree = 1

    [[witnesses]]
    key = "witness.agency.example+5e6f7a8b+BC…"     # its cosignatures count, wherever they are kept
    place = "https://witness.agency.example"        # asked what it holds; optional where there is a key
    since = "2026-05-12T09:00:00Z"                  # when it began; optional: of what ended before it need not speak

Nothing of it is ever taken from the folder that is being judged: who can write there could write that too.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from gateway.clock import now, parse_instant
from gateway.errors import ConfigurationError
from gateway.ledger.checkpoints.cosignature import CosignerKey
from gateway.ledger.checkpoints.note import VerifierKey
from gateway.strict import tell_toml_mistake
from gateway.unreadable import tell_unreadable
from gateway.value import replace

_ORIGIN = re.compile(r"lpr-gateway-[0-9a-f]{16}")
_NAMES = {"origin", "keys", "agree", "witnesses"}
_WITNESS_NAMES = {"key", "place", "since"}


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustedWitness:
    """Somebody else who keeps checkpoints: known by a key, by a place that can be asked, or by both.

    `since`: when it began, so that it took nothing before. Only the auditor can know: a copy of before that does not show
    it as taken looks the same as one that was forged.
    """

    key: CosignerKey | None = None
    place: str | None = None
    since: datetime | None = None

    @property
    def name(self) -> str:
        """What findings and verdicts call it."""
        return self.key.name if self.key else str(self.place)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """What is known from elsewhere; `agree` witnesses must hold a checkpoint before it counts as witnessed."""

    origin: str | None = None
    keys: tuple[VerifierKey, ...] = ()
    witnesses: tuple[TrustedWitness, ...] = ()
    agree: int = 0


NO_TRUST = Trust()
"""Nothing is known from elsewhere: only that the record is in one piece can then be shown."""


def read_trust(path: Path) -> Trust:
    """Read a trust file.

    Raises:
        ConfigurationError: with every mistake in it.
    """
    document = _read_document(path)
    problems: list[str] = [f"{name}: there is no such entry" for name in sorted(document.keys() - _NAMES)]
    origin = document.get("origin")
    if not isinstance(origin, str) or not _ORIGIN.fullmatch(origin):
        problems.append("origin: must be the installation's name, as in keys/installation of the ledger")
    keys = _read_keys(document.get("keys"), problems)
    witnesses = _read_witnesses(document.get("witnesses", []), problems)
    agree = document.get("agree", 1 if witnesses else 0)
    if type(agree) is not int or not 0 <= agree <= len(witnesses) or (witnesses and agree == 0):
        problems.append(
            f"agree: must be a number from {min(1, len(witnesses))} to the {len(witnesses)} witnesses listed"
        )
    if problems:
        raise ConfigurationError([f"the trust file {path}: {problem}" for problem in problems])
    placed = tuple(replace(one, place=_anchor(one.place, path.parent)) for one in witnesses)
    return Trust(origin=origin, keys=keys, witnesses=placed, agree=agree)


def _anchor(place: str | None, folder: Path) -> str | None:
    """A file's place from the trust file's folder on, from wherever the command is run; an address as it is."""
    return place if place is None or "://" in place else str(folder / place)


def _read_document(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text(encoding="utf-8-sig")  # some editors begin theirs with a mark
    except OSError as error:
        raise ConfigurationError([f"the trust file {path} {tell_unreadable(error)}"]) from None
    except UnicodeDecodeError:
        raise ConfigurationError([f"the trust file {path} is not UTF-8: save it as such"]) from None
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        told = tell_toml_mistake(text, error)
        raise ConfigurationError([f"the trust file {path} is not TOML: {told}"]) from None


def tell_no_key(text: str) -> str:
    """What is wrong with a text that is no checkpoint key; of a witness's, which looks alike, where it belongs."""
    try:
        CosignerKey.parse(text)
    except ValueError:
        return "is not written as name+id+key, or was mistyped, for its id is not that of the key"
    return "is a witness's key and no checkpoint key: it belongs into the trust file, below [[witnesses]]"


def _read_keys(value: object, problems: list[str]) -> tuple[VerifierKey, ...]:
    if not isinstance(value, list) or not value:
        problems.append("keys: must list at least one checkpoint key (name+id+key), learned from the agency itself")
        return ()
    found = []
    for number, text in enumerate(value, 1):
        try:
            found.append(VerifierKey.parse(str(text)))
        except ValueError:
            problems.append(f"keys: number {number} {tell_no_key(str(text))}")
    return tuple(found)


def _read_witnesses(value: object, problems: list[str]) -> tuple[TrustedWitness, ...]:
    if not isinstance(value, list) or not all(isinstance(item, Mapping) for item in value):
        problems.append("witnesses: must be tables, each begun by [[witnesses]]")
        return ()
    found = [_read_witness(item, f"witnesses: number {number}", problems) for number, item in enumerate(value, 1)]
    names = [witness.name for witness in found]
    if len(set(names)) < len(names):
        problems.append("witnesses: one is listed twice, and must not be counted twice")
    return tuple(found)


def _read_witness(item: Mapping[str, Any], where: str, problems: list[str]) -> TrustedWitness:
    key, place = item.get("key"), item.get("place")
    problems += [f"{where}: there is no entry {name}" for name in sorted(item.keys() - _WITNESS_NAMES)]
    if key is None and place is None:
        problems.append(f"{where} needs a key, a place, or both")
    if place is not None and not isinstance(place, str):
        problems.append(f"{where}: place must be a file or a URL")
    since = _read_since(item.get("since"), where, problems)
    try:
        return TrustedWitness(key=None if key is None else CosignerKey.parse(str(key)), place=place, since=since)
    except ValueError:
        problems.append(f"{where}: key is not a witness's key (name+id+key, as `witness serve` prints it)")
        return TrustedWitness(place=str(place or where))


def _read_since(value: object, where: str, problems: list[str]) -> datetime | None:
    """A text or a time of TOML's own; one without its distance from UTC says no moment."""
    instant = value if isinstance(value, datetime) else parse_instant(value) if isinstance(value, str) else None
    if value is not None and (instant is None or instant.tzinfo is None):
        problems.append(f'{where}: since must be a time with its zone, as "2026-05-12T09:00:00Z"')
        return None
    if instant is not None and instant > now():
        problems.append(
            f"{where}: since lies ahead, so that nothing would be held against this witness: is its year right?"
        )
    return instant
