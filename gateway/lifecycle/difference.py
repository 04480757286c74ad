"""What differs between two policies: line by line for engineers, and number by number for everybody else."""

import difflib
import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gateway.pdp import Bundle

MOST_CHANGES = 100
"""So many changes stand in one record, each as a line."""
_RULE = "# METADATA\n"
_TITLE = re.compile(r"^# title: (.*)$", re.MULTILINE)
_ABOUT_VALUES = frozenset({"source", "confidence"})
UNREADABLE = "what was used before can no longer be read"
"""What is told in place of changes where there is nothing to compare with."""


def unified_diff(before: Bundle, after: Bundle) -> str:
    """The difference as one patch, the same on every machine; empty where there is none."""
    return patch_files(dict(before.files), dict(after.files))


def patch_files(old: Mapping[str, str], new: Mapping[str, str]) -> str:
    """The difference of two folders, each a text by its path, as one patch."""
    patches = [
        difflib.unified_diff(
            old.get(path, "").splitlines(keepends=True),
            new.get(path, "").splitlines(keepends=True),
            f"a/{path}" if path in old else "/dev/null",
            f"b/{path}" if path in new else "/dev/null",
        )
        for path in sorted(old.keys() | new.keys())
        if old.get(path) != new.get(path)
    ]
    return "".join(line if line.endswith("\n") else f"{line}\n" for patch in patches for line in patch)


def diff_digest(before: Bundle, after: Bundle) -> str:
    """The SHA-256 of that patch."""
    return patch_digest(dict(before.files), dict(after.files))


def patch_digest(old: Mapping[str, str], new: Mapping[str, str]) -> str:
    """The SHA-256 of the patch of two folders."""
    return hashlib.sha256(patch_files(old, new).encode()).hexdigest()


def plain_changes(before: Bundle, after: Bundle) -> list[str]:
    """Each change as a line that needs no explanation: values of tables from what to what, rules by their file."""
    old, new = dict(before.files), dict(after.files)
    rules = [
        path for path in sorted(old.keys() | new.keys()) if path.endswith(".rego") and old.get(path) != new.get(path)
    ]
    told = [tell_file(path, old, new) for path in rules]
    return order_values_first([*changed_values("tables", before.data["tables"], after.data["tables"]), *told])


def list_comments(before: Bundle, after: Bundle) -> list[str]:
    """A line for each file that differs, of two policies in which no value and no rule does."""
    old, new = dict(before.files), dict(after.files)
    return [
        f"{path}: only comments differ" for path in sorted(old.keys() | new.keys()) if old.get(path) != new.get(path)
    ]


def order_values_first(changes: Sequence[str]) -> list[str]:
    """The same changes, those that say only where a value comes from after all others: they must hide none in a list cut short."""
    return sorted(changes, key=lambda change: change.partition(":")[0].rpartition(".")[2] in _ABOUT_VALUES)


def sum_up(changes: Sequence[str], most: int = 5, longest: int = 500) -> str:
    """The first of these changes as one sentence, and how many more there are."""
    told = "; ".join(changes[:most])[:longest]
    return f"{told}; and {len(changes) - most} more" if len(changes) > most else told


def changed_values(place: str, before: Any, after: Any) -> Iterator[str]:  # noqa: ANN401 - any part of a table
    """Each value of a table that differs, from what to what."""
    if before == after and type(before) is type(after):
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for name in sorted(before.keys() | after.keys()):
            where = f"{place}/{name}" if place == "tables" else f"{place}.{name}"
            if name not in before:
                yield f"{where}: added"
            elif name not in after:
                yield f"{where}: removed"
            else:
                yield from changed_values(where, before[name], after[name])
        return
    yield f"{place}: {_tell(before)} -> {_tell(after)}"


def _tell(value: Any) -> str:  # noqa: ANN401
    if isinstance(value, list):
        return f"[{', '.join(map(str, value))}]"
    return str(value).lower() if isinstance(value, bool) else str(value)


def tell_file(path: str, old: Mapping[str, str], new: Mapping[str, str]) -> str:
    """How much of one file differs."""
    if path not in old or path not in new:
        return f"{path}: {'added' if path in new else 'removed'}"
    lines = list(difflib.ndiff(old[path].splitlines(), new[path].splitlines()))
    added, removed = (sum(line.startswith(sign) for line in lines) for sign in ("+ ", "- "))
    told = f"{path}: {added} lines added, {removed} removed"
    titles = _changed_titles(old[path], new[path]) if path.endswith(".rego") else []
    return f"{told} ({'; '.join(titles)})" if titles else told


def _changed_titles(old: str, new: str) -> list[str]:
    """The titles of the rules that differ, those of the new text first."""
    before, after = _list_rules(old), _list_rules(new)
    differing = [title for rule, title in after.items() if rule not in before]
    return list(dict.fromkeys([*differing, *(title for rule, title in before.items() if rule not in after)]))


def _list_rules(text: str) -> dict[str, str]:
    """Each rule of a file, from its own comment to the next one's, with the title there."""
    return {rule.strip(): title[1].strip() for rule in text.split(_RULE) if (title := _TITLE.search(rule)) is not None}
