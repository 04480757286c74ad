"""Where things are in a vendor's answer, as a profile's table says it, and of which kind each is."""

from functools import cached_property
from typing import Literal, Self, TypeAlias

from pydantic import Field, model_validator

from gateway.vendors.profile.shapes import ProfileTable

Kind: TypeAlias = Literal["plain", "plate", "state", "time", "location", "confidence", "link", "id"]
Spot: TypeAlias = tuple[tuple[str, ...], str]
Tree: TypeAlias = "dict[str, tuple[str, str] | Tree]"


class AnswerTable(ProfileTable):
    """Where things are in an answer. `rows` None: the answer itself is the list; `row`: dotted path to kind.

    `totals` are members that count the results: they are told anew, for a count of what was withheld betrays it.
    """

    rows: str | None = None
    totals: tuple[str, ...] = ()
    next_page: str | None = None
    previous_page: str | None = None
    frame: dict[str, Kind] = Field(default_factory=dict)
    plate: str
    state: str | None = None
    time: str
    row: dict[str, Kind]

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        for path, kind in ((self.plate, "plate"), (self.state, "state"), (self.time, "time")):
            if path is not None and self.row.get(path) != kind:
                raise ValueError(f"the {kind}'s path is not listed in row with kind {kind}")
        if self.rows is None and (self.totals or self.next_page or self.previous_page or self.frame):
            raise ValueError("an answer that is a list has nothing around it")
        return self

    @cached_property
    def structure(self) -> frozenset[str]:
        """The members around the rows that are rebuilt, not copied."""
        return frozenset(name for name in (self.rows, self.next_page, self.previous_page, *self.totals) if name)

    @cached_property
    def spots(self) -> dict[str, Spot]:
        """Where each listed leaf is: the members to go through, and its own name."""
        parts = {path: path.split(".") for path in (*self.row, *self.frame)}
        return {path: (tuple(names[:-1]), names[-1]) for path, names in parts.items()}

    @cached_property
    def row_tree(self) -> Tree:
        """The listed leaves of a row, nested as the vendor nests them."""
        return _tree(self.row)

    @cached_property
    def frame_tree(self) -> Tree:
        """The listed leaves around the rows."""
        return _tree(self.frame)


def _tree(paths: dict[str, Kind]) -> Tree:
    tree: Tree = {}
    for path, kind in paths.items():
        *parents, last = path.split(".")
        node = tree
        for parent in parents:
            inner = node.setdefault(parent, {})
            if isinstance(inner, tuple):
                raise ValueError("a path in row runs through a leaf")  # noqa: TRY004 - pydantic reports ValueErrors
            node = inner
        if last in node:
            raise ValueError("a path in row is also the parent of another")
        node[last] = (path, kind)
    return tree
