"""What the tables `agency`, `laws`, `exports` and `reasons` of oversight must hold: every mistake in words, before anything is worked out by them."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from gateway.errors import ConfigurationError

Form = TypeVar("Form", bound=BaseModel)
_Days = Annotated[int, Field(ge=1, le=3660)]
_DueDays = Annotated[int, Field(ge=0, le=3660)]
_Role = Literal["officer", "supervisor", "privacy", "auditor", "administrator"]
_MEANS = {"missing": "is missing", "extra_forbidden": "is read by nothing", "literal_error": "is no role of users.csv"}


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class DueDays(_Form):
    """Within how many days a finding must have been reviewed, by severity."""

    alert: _DueDays
    warn: _DueDays


class AgencyForm(_Form):
    """The table `agency`."""

    time_zone: str
    organizations: list[str]
    review_due_days: DueDays
    remind_days: Annotated[int | float, Field(ge=0)]
    reviewer_roles: Annotated[list[_Role], Field(min_length=1)]
    told_days: _Days
    sample_per_office_and_week: Annotated[int, Field(ge=0)]
    sample_percent: Annotated[int | float, Field(ge=0, le=100)]
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


class ImmigrationForm(_Form):
    """Patterns of what is about immigration, and of what only looks like it."""

    hits: list[str]
    misses: list[str]


class ReasonsForm(_Form):
    """The table `reasons`."""

    words: dict[str, list[str]]
    patterns: dict[str, list[str]]
    immigration: ImmigrationForm
    shortest: Annotated[int, Field(ge=0)]


def read_form(form: type[Form], values: Mapping[str, Any], name: str) -> Form:
    """The values in their form; `name` is the table, or its entry.

    Raises:
        ConfigurationError: with every mistake.
    """
    try:
        return form.model_validate(values)
    except ValidationError as error:
        told = [f"{name}: {_place(one['loc'])} {_mean(one)}" for one in error.errors()]
        raise ConfigurationError(told) from None


def _mean(mistake: ErrorDetails) -> str:
    """A mistake in words; of one of several words, which there are."""
    if mistake["type"] == "string_pattern_mismatch":
        return f"must be one of {mistake['ctx']['pattern'].strip('^()$').replace('|', ', ')}"
    return _MEANS.get(mistake["type"], mistake["msg"].lower().removeprefix("value error, "))


def _place(loc: tuple[int | str, ...]) -> str:
    return ".".join(map(str, loc)) or "it"
