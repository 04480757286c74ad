"""The detectors as the privacy office keeps them: what each looks for in plain words, its limits, and its question.

The question is SQL over the scene of a period, or, where what is looked for is in one decision, a Rego rule about that.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gateway.errors import ConfigurationError
from gateway.near_words import suggest_near
from gateway.oversight.detectors.detector_form import DetectorForm
from gateway.oversight.detectors.limits import REGO, Asked, check_limits, fill
from gateway.oversight.detectors.listed_words import ListedWord, find_unknown, list_words
from gateway.oversight.detectors.search_rule import QUESTION_OF_RULE, SearchRule, find_unknown_fields
from gateway.oversight.reasons import read_reason_traits
from gateway.oversight.table_forms import find_line, read_form
from gateway.oversight.tables import OversightFolder, values
from gateway.unreadable import tell_unreadable

_FOLDER = re.compile(r"d\d\d_[a-z_]+")
_PARTS = ("detector.yaml", "query.sql", REGO, "tests.yaml")
_OTHER = "other"
_HOURS_A_DAY = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Detector:
    """One detector. `question` is its SQL with the limits put in, or that over what its `rule` said of single searches.

    `digest` changes with any letter of the question or rule, or of a limit.

    `causes` says in words why there is a finding, by what its question says the finding is about, or how that begins.

    `words` are those of its limits that are of a closed vocabulary.

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
    rule: SearchRule | None = field(repr=False)
    digest: str
    causes: Mapping[str, str] = field(default_factory=dict)
    words: tuple[ListedWord, ...] = ()

    def cause(self, about: str) -> str | None:
        """Why there is a finding about this, in the folder's own words: what it is about may be a plate and is never said."""
        named = [name for name in self.causes if about == name or about.startswith(f"{name} ")]
        return self.causes.get(named[0] if named else _OTHER)


def read_detectors(folder: OversightFolder) -> tuple[Detector, ...]:
    """Every detector, in the order of their numbers.

    Raises:
        ConfigurationError: with every mistake in any of them.
    """
    found, problems = list[Detector](), [*_find_misnamed(folder.path)]
    for path in sorted(item for item in folder.path.glob("d*") if is_detector(item.name)):
        try:
            found.append(_read(folder, path))
        except ConfigurationError as mistake:
            problems += mistake.problems
    problems += _find_repeated(found)
    problems += find_unknown([word for one in found for word in one.words], _topics(folder))
    if not found and not problems:
        problems.append(f"there are no detectors in {folder.path}")
    if problems:
        raise ConfigurationError(problems)
    return tuple(found)


def _topics(folder: OversightFolder) -> frozenset[str] | None:
    """The codes of written reasons; None where their table cannot be read, which is told of the table itself."""
    try:
        return read_reason_traits(folder).codes
    except ConfigurationError:
        return None


def _find_misnamed(directory: Path) -> Iterator[str]:
    """Folders that hold a detector and are not named as one: nobody would ask it anything, and nobody know."""
    for path in sorted(directory.iterdir()) if directory.is_dir() else ():
        if path.is_dir() and not is_detector(path.name) and any((path / name).exists() for name in _PARTS):
            named = "d, two digits, _ and words in small letters, as d21_long_civil, and its package after it"
            yield f"oversight/{path.name}: holds a detector, whose folder is named {named}: rename it"


def _find_repeated(found: Sequence[Detector]) -> Iterator[str]:
    """Detectors that share an id, as one that was copied as a beginning: nobody could tell whose a finding is."""
    first: dict[str, str] = {}
    for one in found:
        other = first.setdefault(one.detector_id, one.folder)
        if other != one.folder:
            yield f"oversight/{one.folder}/detector.yaml: its id {one.detector_id} is that of oversight/{other}: give it one of its own"


def is_detector(name: str) -> bool:
    """Whether a folder of this name is a detector."""
    return _FOLDER.fullmatch(name) is not None


def _read(folder: OversightFolder, path: Path) -> Detector:
    place = f"oversight/{path.name}"
    try:
        words = (path / "detector.yaml").read_text(encoding="utf-8")
        asked = _read_question(path, place)
    except PermissionError as error:
        raise ConfigurationError([f"{place}: {error.filename} {tell_unreadable(error)}"]) from None
    except (OSError, UnicodeDecodeError):
        raise ConfigurationError([f"{place}: needs detector.yaml, and query.sql or detector.rego"]) from None
    told = _read_words(folder, words, f"{place}/detector.yaml")
    table, lines = folder.table(path.name), folder.lines(path.name)
    limits = values(table, f"{place}/data.yaml", lines)
    check_limits(limits, asked, told.looks_back_days, place, lines)
    rule = _rule(folder, path.name, asked.text) if asked.file == REGO else None
    question = fill(asked.text, limits, place) if rule is None else QUESTION_OF_RULE
    return Detector(
        detector_id=told.id,
        folder=path.name,
        title=told.title,
        description=told.description,
        catches=told.catches,
        another_office=told.reviewed_by_another_office,
        limits=limits,
        looks_back_days=_looks_back(told.looks_back_days, limits, place),
        question=question,
        rule=rule,
        words=list_words(limits, asked, place, lines),
        causes=told.causes,
        digest=hashlib.sha256(f"{asked.text}\n{sorted(limits.items())}".encode()).hexdigest(),
    )


def _read_words(folder: OversightFolder, text: str, name: str) -> DetectorForm:
    told = folder.parse(text, name)
    if not isinstance(told, dict):
        raise ConfigurationError([f"{name}: must be named values"])
    lines = folder.find_lines(text)
    return read_form(DetectorForm, told, name, lambda path: find_line(lines, path))


def _rule(folder: OversightFolder, name: str, text: str) -> SearchRule:
    if problems := [*find_unknown_fields(text, f"oversight/{name}/{REGO}")]:
        raise ConfigurationError(problems)
    return SearchRule(folder=name, text=text, table=folder.table(name), ask=folder.ask_rule)


def _read_question(path: Path, place: str) -> Asked:
    there = [name for name in ("query.sql", REGO) if (path / name).exists()]
    if len(there) > 1:
        raise ConfigurationError([f"{place}: has query.sql and detector.rego, and may have only one of them"])
    name = there[0] if there else "query.sql"
    return Asked(file=name, text=(path / name).read_text(encoding="utf-8"))


def _looks_back(spans: Any, limits: Mapping[str, Any], place: str) -> int:  # noqa: ANN401 - any value of a table
    """The sum of spans, each a number of days or the name of a limit that is one (of hours, where it is so named)."""
    days = 0
    for span in spans if isinstance(spans, list) and spans else [None]:
        value = limits.get(span) if isinstance(span, str) else span
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            told = f"{place}/detector.yaml: looks_back_days must list numbers of days, or names of limits that are such numbers"
            meant = f"; {span} is none{suggest_near(span, limits)}" if isinstance(span, str) and value is None else ""
            raise ConfigurationError([told + meant])
        days += -(-value // _HOURS_A_DAY) if span == "hours" else value
    return days
