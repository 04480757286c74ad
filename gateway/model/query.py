"""What is asked: a search in canonical form, and what is declared for it."""

import re
from collections.abc import Mapping
from datetime import datetime

import msgspec

from gateway.model.json_value import Json
from gateway.plates import SoughtPlate
from gateway.value import Hidden, Value

EMERGENCY = "exigent_circumstances"
_CIRCUMSTANCE = re.compile(r"([A-Za-z][A-Za-z_]{2,31})\s*(?:[:|]|$)")


class PlateTerm(Value, frozen=True, kw_only=True):
    """A plate to search for, in normal form. A partial one keeps its wildcards as `*` (any run of characters).

    `fixed_characters` counts the letters and digits; `state` is the two-letter code, None where not given.
    """

    text: Hidden[SoughtPlate]
    match: str  # exact | partial | fuzzy
    fixed_characters: int
    state: str | None


class Window(Value, frozen=True, kw_only=True):
    """The times searched; None is an open end."""

    start: datetime | None
    end: datetime | None


class Geo(Value, frozen=True, kw_only=True):
    """A limit by place: `kind` is radius, area, camera or site; `size_miles` the radius, None where it has none."""

    kind: str
    size_miles: float | None


class Claims(Value, frozen=True, kw_only=True):
    """What the request itself says of purpose, case and reason, from one source (headers, or the vendor's fields)."""

    purpose: str | None = None
    case_number: str | None = None
    reason_text: Hidden[str | None] = None

    @property
    def statement(self) -> str:
        """What was written besides the purpose itself; "" for nothing."""
        return _after_purpose(self.reason_text, self.purpose)


class Context(Value, frozen=True, kw_only=True):
    """A purpose and case that a person declared beforehand, for tools whose API has no field for them."""

    context_id: str
    user_id: str
    mount: str
    purpose: str
    case_number: str
    declared_at: datetime
    expires_at: datetime


class Declared(Value, frozen=True, kw_only=True):
    """The purpose and case a request is judged by, after every source agreed.

    The sources are `header`, `vendor_field`, `context`; None where nothing was given.
    """

    purpose: str | None
    purpose_source: str | None
    case_number: str | None
    case_source: str | None
    reason_text: Hidden[str | None]
    context: Context | None

    @property
    def statement(self) -> str:
        """What was written besides the purpose itself, which vendors' reason fields begin with; "" for nothing."""
        return _after_purpose(self.reason_text, self.purpose)

    @property
    def circumstance(self) -> str | None:
        """Which emergency the statement says it is: the code that it begins with, before the first `:` or `|`.

        In whatever letters: each keyboard begins a sentence with a capital, and at such a moment a minute counts.
        """
        named = self._named_circumstance
        return named[1].lower() if named else None

    @property
    def _named_circumstance(self) -> re.Match[str] | None:
        return _CIRCUMSTANCE.match(self.statement) if self.purpose == EMERGENCY else None

    @property
    def written(self) -> str:
        """The statement without the code of an emergency; "" for nothing."""
        named = self._named_circumstance
        return self.statement if named is None else self.statement[named.end(1) :].lstrip(" :|")


def _after_purpose(reason_text: str | None, purpose: str | None) -> str:
    text = (reason_text or "").strip()
    if purpose is not None and text.startswith(purpose):
        rest = text.removeprefix(purpose)
        if not rest or rest.lstrip()[:1] in (":", "|"):
            text = rest.lstrip()[1:].strip()
    return text


class Query(Value, frozen=True, kw_only=True):
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
    rest: Hidden[Mapping[str, Json]] = msgspec.field(default_factory=dict)
    page: Hidden[str | None] = None
