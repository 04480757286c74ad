"""What is asked: a search in canonical form, and what is declared for it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from gateway.model.json_value import Json
from gateway.plates import SoughtPlate

EMERGENCY = "exigent_circumstances"
_CIRCUMSTANCE = re.compile(r"([a-z][a-z_]{2,31})\s*(?:[:|]|$)")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlateTerm:
    """A plate to search for, in normal form. A partial one keeps its wildcards as `*` (any run of characters).

    `fixed_characters` counts the letters and digits; `state` is the two-letter code, None where not given.
    """

    text: SoughtPlate = field(repr=False)
    match: str  # exact | partial | fuzzy
    fixed_characters: int
    state: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The times searched; None is an open end."""

    start: datetime | None
    end: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Geo:
    """A limit by place: `kind` is radius, area, camera or site; `size_miles` the radius, None where it has none."""

    kind: str
    size_miles: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What the request itself says of purpose, case and reason, from one source (headers, or the vendor's fields)."""

    purpose: str | None = None
    case_number: str | None = None
    reason_text: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """A purpose and case that a person declared beforehand, for tools whose API has no field for them."""

    context_id: str
    user_id: str
    mount: str
    purpose: str
    case_number: str
    declared_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """The purpose and case a request is judged by, after every source agreed.

    The sources are `header`, `vendor_field`, `context`; None where nothing was given.
    """

    purpose: str | None
    purpose_source: str | None
    case_number: str | None
    case_source: str | None
    reason_text: str | None = field(repr=False)
    context: Context | None

    @property
    def statement(self) -> str:
        """What was written besides the purpose itself, which vendors' reason fields begin with; "" for nothing."""
        text = (self.reason_text or "").strip()
        if self.purpose is not None and text.startswith(self.purpose):
            rest = text.removeprefix(self.purpose)
            if not rest or rest.lstrip()[:1] in (":", "|"):
                text = rest.lstrip()[1:].strip()
        return text

    @property
    def circumstance(self) -> str | None:
        """Which emergency the statement says it is: the code that it begins with, before the first `:` or `|`."""
        if self.purpose != EMERGENCY:
            return None
        named = _CIRCUMSTANCE.match(self.statement)
        return named[1] if named else None

    @property
    def written(self) -> str:
        """The statement without the code of an emergency; "" for nothing."""
        if self.circumstance is None:
            return self.statement
        return self.statement.removeprefix(self.circumstance).lstrip(" :|")


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What is asked of a vendor, in canonical form. `operation` is the canonical name, as `plate.search`.

    `rest` holds the remaining listed fields, in the vendor's own names and values (a dotted path for nested ones),
    already checked, to be sent as they are. `page` is the page token as received, for page operations only.
    """

    vendor: str
    operation: str
    plate: PlateTerm | None
    window: Window | None
    limit: int | None
    geo: Geo | None
    claims: Claims
    rest: Mapping[str, Json] = field(default_factory=dict, repr=False)
    page: str | None = field(default=None, repr=False)
