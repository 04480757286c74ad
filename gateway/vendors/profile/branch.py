"""One object of an answer, as a profile lists it: which of its members are listed, and how each form of it is read.

A vendor's rows nearly all have the same members. So what is listed of an object is worked out once for each set of members
that came, and then read in one go.
"""

from collections.abc import Callable, Mapping
from functools import partial
from operator import itemgetter
from typing import Any, NamedTuple, TypeAlias

from gateway.errors import Refusal
from gateway.model import ReadField
from gateway.reasons import Reason

Tree: TypeAlias = "dict[str, tuple[str, str] | Tree]"

_MOST_FORMS, _MOST_MEMBERS = 64, 64
_NESTED = frozenset({dict, list})  # the only types that orjson makes of nested values
_field = partial(tuple.__new__, ReadField)  # an answer has hundreds of them: a third of the time of calling the class


class _Form(NamedTuple):
    """What is read of an object with just these members: listed leaves, listed objects, and how many are not listed."""

    leaves: Callable[[Mapping[str, Any]], tuple[Any, ...]] | None
    places: tuple[tuple[str, str], ...]
    inner: tuple[tuple[str, "Branch"], ...]
    unlisted: int


class Branch:
    """Reads an object into fields. Forms that came are remembered, a bounded number of them."""

    def __init__(self, tree: Tree) -> None:
        self._places = {name: spot for name, spot in tree.items() if isinstance(spot, tuple)}
        self._inner = {name: Branch(spot) for name, spot in tree.items() if isinstance(spot, dict)}
        self._forms: dict[tuple[str, ...], _Form] = {}

    def read(self, node: Mapping[str, Any], fields: list[ReadField]) -> int:
        """Add the listed leaves of an object to `fields`; the number of its members that are not listed.

        Raises:
            Refusal: VENDOR_ANSWER_UNUSABLE where something listed has another form.
        """
        names = tuple(node)
        form = self._forms.get(names) or self._learn(names)
        if form.leaves is not None:
            values = form.leaves(node)
            if not _NESTED.isdisjoint(map(type, values)):
                raise Refusal(Reason.VENDOR_ANSWER_UNUSABLE, note="a listed value of another form")
            fields += [_field((path, kind, value)) for (path, kind), value in zip(form.places, values, strict=True)]
        unlisted = form.unlisted
        for name, branch in form.inner:
            value = node[name]
            if isinstance(value, dict):
                unlisted += branch.read(value, fields)
            elif value is not None:
                raise Refusal(Reason.VENDOR_ANSWER_UNUSABLE, note="a listed object of another form")
        return unlisted

    def _learn(self, names: tuple[str, ...]) -> _Form:
        leaves = [name for name in names if name in self._places]
        inner = tuple((name, self._inner[name]) for name in names if name in self._inner)
        form = _Form(
            leaves=_get_all(leaves),
            places=tuple(self._places[name] for name in leaves),
            inner=inner,
            unlisted=len(names) - len(leaves) - len(inner),
        )
        if len(names) <= _MOST_MEMBERS:
            if len(self._forms) >= _MOST_FORMS:
                self._forms.clear()
            self._forms[names] = form
        return form


def _get_all(names: list[str]) -> Callable[[Mapping[str, Any]], tuple[Any, ...]] | None:
    """What gives the values of these members as a tuple, one name being no exception; None for none."""
    if not names:
        return None
    return itemgetter(*names) if len(names) > 1 else lambda node: (node[names[0]],)
