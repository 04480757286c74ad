"""The detectors as the privacy office keeps them: what each looks for in plain words, its limits, its question in SQL."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gateway.auditing.query_engine import quote_text
from gateway.errors import ConfigurationError
from gateway.oversight.tables import OversightFolder, values

_FOLDER = re.compile(r"d\d\d_[a-z_]+")
_LIMIT = re.compile(r"\$([a-z_]+)")
_WORDS = {"id", "title", "description", "catches", "reviewed_by_another_office", "looks_back_days"}
_HOURS_A_DAY = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Detector:
    """One detector. `question` is its SQL with the limits put in; `digest` changes with any letter of it or of a limit.

    `looks_back_days` is how long before a search the question may look: no search older than that changes what it finds.
    """

    detector_id: str
    folder: str
    title: str
    description: str
    catches: str
    another_office: bool
    limits: Mapping[str, Any]
    looks_back_days: int
    question: str = field(repr=False)
    digest: str


def read_detectors(folder: OversightFolder) -> tuple[Detector, ...]:
    """Every detector, in the order of their numbers.

    Raises:
        ConfigurationError: with every mistake in any of them.
    """
    found, problems = [], []
    for path in sorted(item for item in folder.path.glob("d*") if _FOLDER.fullmatch(item.name)):
        try:
            found.append(_read(folder, path))
        except ConfigurationError as mistake:
            problems += mistake.problems
    if not found and not problems:
        problems.append(f"there are no detectors in {folder.path}")
    if problems:
        raise ConfigurationError(problems)
    return tuple(found)


def _read(folder: OversightFolder, path: Path) -> Detector:
    place = f"oversight/{path.name}"
    try:
        told = folder.parse((path / "detector.yaml").read_text(encoding="utf-8"), f"{place}/detector.yaml")
        question = (path / "query.sql").read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise ConfigurationError([f"{place}: needs detector.yaml and query.sql"]) from None
    if not isinstance(told, dict) or set(told) != _WORDS:
        raise ConfigurationError([f"{place}/detector.yaml: must have {', '.join(sorted(_WORDS))}"])
    limits = values(folder.table(path.name), place)
    filled = _fill(question, limits, place)
    return Detector(
        detector_id=str(told["id"]),
        folder=path.name,
        title=str(told["title"]),
        description=str(told["description"]),
        catches=str(told["catches"]),
        another_office=told["reviewed_by_another_office"] is True,
        limits=limits,
        looks_back_days=_looks_back(told["looks_back_days"], limits, place),
        question=filled,
        digest=hashlib.sha256(f"{question}\n{sorted(limits.items())}".encode()).hexdigest(),
    )


def _looks_back(spans: Any, limits: Mapping[str, Any], place: str) -> int:  # noqa: ANN401 - any value of a table
    """The sum of spans, each a number of days or the name of a limit that is one (of hours, where it is so named)."""
    days = 0
    for span in spans if isinstance(spans, list) and spans else [None]:
        value = limits.get(span) if isinstance(span, str) else span
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            told = f"{place}/detector.yaml: looks_back_days must list numbers of days, or names of limits that are such numbers"
            raise ConfigurationError([told])
        days += -(-value // _HOURS_A_DAY) if span == "hours" else value
    return days


def _fill(question: str, limits: Mapping[str, Any], place: str) -> str:
    """Put the limits in, as SQL literals."""
    used = set(_LIMIT.findall(question))
    unknown = [f"{place}: query.sql uses ${name}, which data.yaml has not" for name in sorted(used - set(limits))]
    idle = [f"{place}: data.yaml has {name}, which query.sql does not use" for name in sorted(set(limits) - used)]
    if unknown or idle:
        raise ConfigurationError(unknown + idle)
    return _LIMIT.sub(lambda match: _literal(limits[match[1]], place), question)


def _literal(value: Any, place: str) -> str:  # noqa: ANN401 - any value of a table
    if isinstance(value, bool) or not isinstance(value, int | float | str | list):
        raise ConfigurationError([f"{place}: a limit must be a number, a word or a list of words"])
    if isinstance(value, list):
        return f"[{', '.join(_literal(item, place) for item in value)}]::VARCHAR[]"
    return quote_text(value) if isinstance(value, str) else str(value)
