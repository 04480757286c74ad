"""What one vendor calls the columns of its exports: the table `policies/oversight/exports`, read and checked."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial

from gateway.errors import ConfigurationError
from gateway.near_words import suggest_near
from gateway.oversight.table_forms import ExportForm, find_line, read_form
from gateway.oversight.tables import OversightFolder, values

_FILE = "oversight/exports/data.yaml"
FIELDS = frozenset(
    "id person organization networks devices frame starts ends plate reason case offense filters time date kind prompt moderation "
    "event entity details event_id".split()
)
"""The gateway's words for what a column holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorColumns:
    """`labels` leads from a label, in small letters, to our word; `gateway_kinds` are the kinds a gateway's call has."""

    vendor: str
    labels: Mapping[str, str]
    known_sets: tuple[tuple[str, ...], ...]
    search_kinds: frozenset[str]
    gateway_kinds: frozenset[str]
    writes_decision_id: bool

    def field(self, label: str) -> str | None:
        """Our word for a label, however it is spaced; None for one that is not in the table."""
        return self.labels.get(plain(label))


@lru_cache(maxsize=1024)
def plain(label: str) -> str:
    """A label, or a word of a closed list, as they are compared: neither case nor blanks nor underscores count."""
    return " ".join(label.casefold().replace("_", " ").split())


def require_known_vendor(folder: OversightFolder, vendor: str, served: Iterable[str]) -> None:
    """Refuse a vendor that neither the table nor a mount names: read by others' names, its rows would look like misuse.

    Raises:
        ConfigurationError: with the names that there are.
    """
    known = {*folder.table("exports"), *served}
    if vendor not in known:
        told = f"{vendor} is no vendor of the table oversight/exports, nor of a mount: {', '.join(sorted(known))}{suggest_near(vendor, known)}"
        raise ConfigurationError([told])


def read_columns(folder: OversightFolder, vendor: str) -> VendorColumns:
    """The names of a vendor; those that several vendors share where it has no block of its own.

    Raises:
        ConfigurationError: with every mistake in the table.
    """
    table, lines = folder.table("exports"), folder.lines("exports")
    chosen = vendor if vendor in table else "other"
    place = f"{_FILE}: {chosen}"
    given = values(table.get(chosen) or {}, place, lines, (chosen,))
    block = read_form(ExportForm, given, place, partial(_find_line, lines, chosen))
    _check_names(chosen, block)
    return VendorColumns(
        vendor=vendor,
        labels={plain(label): name for name, labels in block.columns.items() for label in labels},
        known_sets=tuple(tuple(names) for names in block.known_sets),
        search_kinds=frozenset(map(plain, block.search_kinds)),
        gateway_kinds=frozenset(map(plain, block.gateway_kinds)),
        writes_decision_id=block.writes_decision_id,
    )


def _find_line(lines: Mapping[tuple[int | str, ...], int], vendor: str, loc: tuple[int | str, ...]) -> int | None:
    """The line of a place in a vendor's values: in the table each stands below `value`."""
    return find_line(lines, (vendor, loc[0], "value", *loc[1:]) if loc else (vendor,))


def _check_names(vendor: str, block: ExportForm) -> None:
    used = {*block.columns, *(name for names in block.known_sets for name in names)}
    wrong = [
        f"{_FILE}: {vendor}: {name} is no word for a column{suggest_near(name, FIELDS)}"
        for name in sorted(used - FIELDS)
    ]
    labels = [plain(label) for names in block.columns.values() for label in names]
    twice = {label for label in labels if labels.count(label) > 1 and len(owners(block.columns, label)) > 1}
    wrong += [f"{_FILE}: {vendor}: the label {label} is given to two columns" for label in sorted(twice)]
    wrong += [
        f"{_FILE}: {vendor}: gateway_kinds names {kind}, which is none of its search_kinds{suggest_near(kind, block.search_kinds)}"
        for kind in block.gateway_kinds
        if block.search_kinds and plain(kind) not in map(plain, block.search_kinds)
    ]
    if wrong:
        raise ConfigurationError(wrong)


def owners(columns: Mapping[str, list[str]], label: str) -> set[str]:
    """The words that a label, in small letters, is listed under."""
    return {name for name, labels in columns.items() if label in map(plain, labels)}
