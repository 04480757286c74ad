"""What the tables `agency`, `laws`, `exports` and `reasons` of oversight must hold: every mistake in words, before anything is worked out by them."""

import re
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final, Literal, TypeVar, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from gateway.errors import ConfigurationError
from gateway.near_words import suggest_near
from gateway.strict import TYPOGRAPHIC_QUOTES, VALUES_IN_WORDS, tell_given
from gateway.unseen import end_with_unseen

Form = TypeVar("Form", bound=BaseModel)
_Days = Annotated[int, Field(ge=1, le=3660)]
_DueDays = Annotated[int, Field(ge=0, le=3660)]
_Role = Literal["officer", "supervisor", "privacy", "auditor", "administrator"]
_PLACES = {
    "EST": "America/New_York",
    "EDT": "America/New_York",
    "CST": "America/Chicago",
    "CDT": "America/Chicago",
    "MST": "America/Denver or America/Phoenix",
    "MDT": "America/Denver",
    "PST": "America/Los_Angeles",
    "PDT": "America/Los_Angeles",
    "AKS": "America/Anchorage",
    "AKD": "America/Anchorage",
    "HST": "Pacific/Honolulu",
}
ROLES: Final[tuple[str, ...]] = get_args(_Role)
"""Those that users.csv may give."""
FindLine = Callable[[tuple[int | str, ...]], int | None]
_BOUNDS = {
    "greater_than_equal": ("at least", "ge"),
    "greater_than": ("more than", "gt"),
    "less_than_equal": ("at most", "le"),
}
_TYPES = {
    "int_type": "integer",
    "int_from_float": "integer",
    "float_type": "number",
    "string_type": "string",
    "bool_type": "boolean",
    "list_type": "array",
    "dict_type": "object",
    "model_type": "object",
    "model_attributes_type": "object",
}
"""What a value must be, by how the library calls the mistake."""
_MEANS = {
    "too_short": "is empty; it needs at least one entry",
    "string_too_short": "is empty; write a text",
    "too_long": "has too many entries",
    "missing": "is missing",
    "extra_forbidden": "is read by nothing",
}


def _require_known(zone: str) -> str:
    """Refuse what no clock goes by."""
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        meant = suggest_near(zone, available_timezones()) or "; write it as America/New_York"
        raise ValueError(f"is {tell_given(zone)}, which is the name of no time zone{meant}") from None
    return zone


def _require_plain(name: str) -> str:
    """Refuse the quotation marks of a word processor: they would be a part of the name, which no file has."""
    if TYPOGRAPHIC_QUOTES.search(name):
        raise ValueError(
            f"is {tell_given(name)}, with quotation marks as a word processor writes them: leave them out, or write plain ones"
        )
    return name


def _require_place(zone: str) -> str:
    """Refuse what is no place's zone, as EST: such a clock is the same all year, or what it is depends on who reads it."""
    if zone != "UTC" and ("/" not in zone or zone.startswith("Etc/")):
        meant = f", as {_PLACES[zone[:3]]}" if zone[:3] in _PLACES else ", as America/New_York"
        told = f"is {tell_given(zone)}, which knows no daylight saving time or is no name of a place"
        raise ValueError(f"{told}; write the name of the place whose clock counts{meant}")
    return _require_known(zone)


_Zone = Annotated[str, AfterValidator(_require_place)]


def require_zone(zone: object, name: str, find_line: "FindLine") -> None:
    """Refuse what no clock goes by; what it says of a day would be of another.

    Raises:
        ConfigurationError: with its place, as of any mistake in the table.
    """
    read_form(_ZoneForm, {"time_zone": zone}, name, find_line)


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _ZoneForm(_Form):
    time_zone: Annotated[str, AfterValidator(_require_known)]


class DueDays(_Form):
    """Within how many days a finding must have been reviewed, by severity."""

    alert: _DueDays
    warn: _DueDays


class AgencyForm(_Form):
    """The table `agency`."""

    time_zone: _Zone
    organizations: list[Annotated[str, AfterValidator(_require_plain)]]
    review_due_days: DueDays
    remind_days: Annotated[float, Field(ge=0)]
    reviewer_roles: Annotated[list[_Role], Field(min_length=1)]
    told_days: _Days
    sample_per_office_and_week: Annotated[int, Field(ge=0)]
    sample_percent: Annotated[float, Field(ge=0, le=100)]
    sample_questions: Annotated[dict[str, str], Field(min_length=1)]
    publish_least: Annotated[int, Field(ge=1)]


class FigureForm(_Form):
    """One figure that a law asks for, and where."""

    figure: str
    asked_by: str


class LawForm(_Form):
    """One entry of the table `laws`; what the record cannot answer may be nothing."""

    title: str
    law: str
    days: _Days
    figures: Annotated[list[FigureForm], Field(min_length=1)]
    cannot: list[str] = []


class ExportForm(_Form):
    """One vendor's entry of the table `exports`."""

    columns: dict[str, list[str]]
    known_sets: list[list[str]]
    search_kinds: list[str]
    gateway_kinds: list[str]
    writes_decision_id: bool


def _require_seen(text: str) -> str:
    """Refuse a control character, as YAML reads one out of a backslash in double quotation marks: it would never be found, without a word."""
    if not text.isprintable():
        raise ValueError(
            "holds a character that cannot be seen, as \\b is within double quotation marks: write it in single ones"
        )
    return text


def _require_pattern(text: str) -> str:
    try:
        fits_all = re.search(text, "") is not None
    except re.error as error:
        raise ValueError(f"is no pattern that can be used: {error}") from None
    if fits_all:
        raise ValueError("fits every reason: it is empty, or has a bar or a star too many")
    return text


_Seen = Annotated[str, AfterValidator(_require_seen)]
_Pattern = Annotated[_Seen, AfterValidator(_require_pattern)]


class ImmigrationForm(_Form):
    """Patterns of what is about immigration, and of what only looks like it."""

    hits: list[_Pattern]
    misses: list[_Pattern]


class ReasonsForm(_Form):
    """The table `reasons`."""

    words: dict[str, list[_Seen]]
    patterns: dict[str, list[_Pattern]]
    immigration: ImmigrationForm
    shortest: Annotated[int, Field(ge=0)]


def read_form(form: type[Form], values: Mapping[str, Any], name: str, find_line: FindLine = lambda _loc: None) -> Form:
    """The values in their form; `name` is the table, or its entry, `find_line` the line of what is named so in it.

    Raises:
        ConfigurationError: with every mistake.
    """
    try:
        return form.model_validate(values)
    except ValidationError as error:
        told = [
            f"{put_line(name, find_line(one['loc']))}: {_place(one['loc'])} {_mean(one)}{_suggest(form, one)}"
            for one in error.errors()
        ]
        raise ConfigurationError(told) from None


def find_line(lines: Mapping[tuple[int | str, ...], int], path: tuple[int | str, ...]) -> int | None:
    """The line of an entry, or of the nearest that holds it; None where none is known."""
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path)


def find_value_line(lines: Mapping[tuple[int | str, ...], int], place: tuple[int | str, ...]) -> int | None:
    """The line of a place in the values alone: in the table each stands below `value`."""
    return find_line(lines, (place[0], "value", *place[1:])) if place else None


def _mean(mistake: ErrorDetails) -> str:
    """A mistake in words; of one of several words, which there are."""
    if mistake["type"] == "string_pattern_mismatch":
        return f"must be one of {mistake['ctx']['pattern'].strip('^()$').replace('|', ', ')}"
    if mistake["type"] in _BOUNDS:
        word, bound = _BOUNDS[mistake["type"]]
        return f"is {tell_given(mistake['input'])}; it must be {word} {mistake['ctx'][bound]}"
    if mistake["type"] in _TYPES:
        given = tell_given(mistake["input"]) + end_with_unseen(mistake["input"])
        return f"must be {VALUES_IN_WORDS[_TYPES[mistake['type']]]}; here it is {given}"
    if mistake["type"] == "literal_error":
        return f"is no role of users.csv{suggest_near(str(mistake['input']), ROLES)}"
    return _MEANS.get(mistake["type"], mistake["msg"].removeprefix("Value error, "))


def _suggest(form: type[BaseModel], mistake: ErrorDetails) -> str:
    """For a name that nothing reads the one that was probably meant."""
    *parents, name = mistake["loc"]
    for parent in parents:
        field = form.model_fields.get(str(parent))
        if field is None or not isinstance(field.annotation, type) or not issubclass(field.annotation, BaseModel):
            return ""
        form = field.annotation
    return suggest_near(str(name), form.model_fields) if mistake["type"] == "extra_forbidden" else ""


def put_line(name: str, line: int | None) -> str:
    """The name with the line behind its file, before the entry that it may name."""
    file, colon, entry = name.partition(": ")
    return name if line is None else f"{file}, line {line}{colon}{entry}"


def _place(loc: tuple[int | str, ...]) -> str:
    return ".".join(map(str, loc)) or "it"
