"""Why tests beside the rules fail: what all of them begin from, before a line each; else the line that does not hold.

All tests share one request that is allowed, and tables of their own (`lpr/examples_test.rego`). A rule that reads what
these tables lack, or that denies that request, makes tests of many topics fail, and none of them would say why.
"""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeAlias

from gateway.pdp.bundle import list_rules
from gateway.pdp.check.source import PolicyFinding, nodes
from gateway.pdp.check.unread_entries import list_read, read_tables

AskOpa: TypeAlias = Callable[..., Any]
"""An OPA command in the policy's folder, closed to the outside, with its answer as JSON."""
EXAMPLES = "lpr/examples_test.rego"
SHARED = frozenset({"test-request", "test-tables"})
"""The findings about what tests share, in place of each test that fails by it."""
_MOST_TRACED = 10
_EQUATION = 3  # terms: the operator and its two sides
_LONGEST = 200  # characters of what a test compares that are shown
_DENIED = (
    'answer := {"reasons": data.lpr.against, "satisfied": [topic | data.lpr[topic].satisfied]} '
    "with input as data.lpr.examples_test.request with data.tables as data.lpr.examples_test.tables"
)
_PATCHED = re.compile(r"json\.patch\((request|tables),")
_HEAD = re.compile(r"^deny contains \{\s+\"code\": \"(\w+)\"|^(satisfied)\b", re.MULTILINE)


def find_shared_causes(directory: Path, ask_opa: AskOpa) -> list[PolicyFinding]:
    """What makes tests of many topics fail at once: read and not in the tests' tables; else what denies their request."""
    examples = directory / EXAMPLES
    if not examples.is_file():
        return []
    return [*_find_unstated(directory, ask_opa)] or [*_find_denying(directory, ask_opa)]


def tell_failing(directory: Path, failing: Sequence[dict[str, Any]], ask_opa: AskOpa) -> Iterator[PolicyFinding]:
    """Each test that fails, at its place, with its line that does not hold; of many that only for the first."""
    names = {_name(test) for test in failing[:_MOST_TRACED]}
    pattern = "|".join(map(re.escape, sorted(names)))
    traced = ask_opa("test", ".", "--run", f"^({pattern})$", "--explain", "fails")
    traces = {_name(test): test.get("trace") or [] for test in traced if isinstance(test, dict)} if traced else {}
    for test in failing:
        place = test.get("location") or {}
        failed = _find_failed(traces.get(_name(test), []))
        told = _tell_path(directory, failed, ask_opa) or _tell_line(directory, failed)
        sentence = f"The test `{test.get('name')}` fails{told}."
        yield _find(str(place.get("file", "")).removeprefix("./"), int(place.get("row", 0)), sentence, "opa-test")


def _find_unstated(directory: Path, ask_opa: AskOpa) -> Iterator[PolicyFinding]:
    """Each place where a rule reads an entry that its table has and the tests' tables have not."""
    stated = _evaluate(ask_opa, "answer := data.lpr.examples_test.tables")
    if not isinstance(stated, dict):
        return
    tables = read_tables(directory)
    told: set[tuple[str, str, str]] = set()
    for file, line, topic, name in list_read(directory):
        entry = (tables.get(topic) or {}).get(name)
        if entry is None or name in stated.get(topic, {}) or (file, topic, name) in told:
            continue
        told.add((file, topic, name))
        own = json.dumps({name: {"value": entry["value"]} if isinstance(entry, dict) and "value" in entry else entry})
        where, add = _tell_place(directory, topic, own[1:-1])
        sentence = f"The tests have no `{name}` in their own table `{topic}`, so this never holds in a test: add {add} in {where}."
        yield _find(file, line, sentence, "test-tables")


def _tell_place(directory: Path, topic: str, entry: str) -> tuple[str, str]:
    """Where in the tests' tables an entry belongs, and how it is written there."""
    lines = (directory / EXAMPLES).read_text(encoding="utf-8").splitlines()
    row = next((number for number, line in enumerate(lines, 1) if line.startswith(f'\t"{topic}": {{')), None)
    if row is not None:
        return f"{EXAMPLES}:{row}", f"`{entry},` to `{topic}`"
    row = next((number for number, line in enumerate(lines, 1) if re.match(r"(_stated|tables) := ", line)), 1)
    return f"{EXAMPLES}:{row}", f'`"{topic}": {{{entry}}},` to the tables'


def _find_denying(directory: Path, ask_opa: AskOpa) -> Iterator[PolicyFinding]:
    """Each rule by which the request that all tests begin from is denied."""
    answer = _evaluate(ask_opa, _DENIED)
    if not isinstance(answer, dict):
        return
    codes, told = {reason["code"] for reason in answer["reasons"]}, set()
    for path in list_rules(directory):
        text, topic = path.read_text(encoding="utf-8", errors="replace"), path.parent.name
        for head in _HEAD.finditer(text) if topic != "lpr" else ():
            by = f"`{head[1]}`" if head[1] in codes else None
            if head[2] and not codes and topic not in answer["satisfied"]:
                by = f"`satisfied` of the topic `{topic}`"
            if by is not None and by not in told:
                told.add(by)
                line = text.count("\n", 0, head.start()) + 1
                yield _find(path.relative_to(directory).as_posix(), line, _tell_denied(by), "test-request")


def _tell_denied(by: str) -> str:
    return (
        f"By {by} the request is denied that all tests begin from and that must be allowed, so tests of other topics fail too. "
        f"If the rule is meant so, change `request` in {EXAMPLES}, or state there, in the tests' tables, an entry under which it is "
        "allowed; else the rule denies more than was meant."
    )


def _tell_line(directory: Path, failed: Sequence[dict[str, Any]]) -> str:
    """Which line of a test, or of the part of the test file that it asks, does not hold; empty where OPA does not tell."""
    if not failed:
        return ""
    place, line = failed[-1]["Location"], _read_line(directory, failed[-1])
    topic = re.match(r"not (\w+)\.satisfied\b", line)
    hint = f"; the condition belongs in `satisfied` of `{topic[1]}` as well" if topic else ""
    there = _tell_compared(failed[-1], line)
    return f": {place['file'].removeprefix('./')}:{place['row']} does not hold, `{line}`{there}{hint}"


def _tell_compared(step: dict[str, Any], line: str) -> str:
    """What there is in place of what a line compares it with; empty where it compares nothing that can be shown."""
    terms = step["Node"].get("terms")
    name = terms[1] if isinstance(terms, list) and len(terms) == _EQUATION else {}
    given = [
        local for local in step.get("Locals") or [] if (local["name"], name.get("type")) == (name.get("value"), "var")
    ]
    if not given or terms[0]["value"][0]["value"] != "eq":
        return ""
    value = _read_term(given[0])
    if "codes(" in line and isinstance(value, list):
        return f"; the codes there are {', '.join(map(str, value)) or 'none'}"
    text = json.dumps(value)
    return f"; there it is {text}" if len(text) <= _LONGEST else ""


def _read_term(term: dict[str, Any]) -> Any:  # noqa: ANN401 - any value, a set as a list
    kind, value = term["type"], term["value"]
    if kind in ("set", "array"):
        return [_read_term(one) for one in value]
    if kind == "object":
        return {str(_read_term(name)): _read_term(one) for name, one in value}
    return None if kind == "null" else value


def _tell_path(directory: Path, failed: Sequence[dict[str, Any]], ask_opa: AskOpa) -> str:
    """That a test changes what the tests' request or tables do not have, with what is there; empty where it is not that."""
    patched = _PATCHED.search(_read_line(directory, failed[-1])) if len(failed) > 1 else None
    if patched is None or failed[-1]["Location"]["file"].removeprefix("./") != EXAMPLES:
        return ""
    stated = _evaluate(ask_opa, f"answer := data.lpr.examples_test.{patched[1]}")
    place = failed[-2]["Location"]
    for path in _list_paths(failed[-1]):
        if known := _find_there(stated, path.strip("/").split("/")):
            where = f"{place['file'].removeprefix('./')}:{place['row']} names `{path}`"
            return f": {where}, a place that is not in the tests' own {patched[1]} ({EXAMPLES}); {known}"
    return ""


def _list_paths(step: dict[str, Any]) -> Iterator[str]:
    """The paths that a step was given: a text, or the names of an object."""
    for given in step.get("Locals") or []:
        names = [name for name, _ in given["value"]] if given["type"] == "object" else [given]
        yield from (name["value"] for name in names if name["type"] == "string")


def _find_there(stated: Any, path: Sequence[str]) -> str:  # noqa: ANN401 - whatever the tests' file says
    """What there is where a path leaves what is stated, in a sentence; empty where all of it is there."""
    for depth, name in enumerate(path):
        if isinstance(stated, dict) and name not in stated:
            near, at = get_close_matches(name, stated, 1), "/".join(path[:depth])
            if near:
                return f"near is `{'/'.join([*path[:depth], near[0], *path[depth + 1 :]])}`"
            return f"in {f'`{at}`' if at else 'it'} there are {', '.join(stated)}: state it there first"
        stated = stated.get(name) if isinstance(stated, dict) else None
    return ""


def _read_line(directory: Path, step: dict[str, Any]) -> str:
    place = step["Location"]
    lines = (directory / str(place["file"])).read_text(encoding="utf-8").splitlines()
    return lines[int(place["row"]) - 1].strip()


def _find_failed(trace: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The steps within test files that failed, from the test down through what its last line asks; the innermost last."""
    found: list[dict[str, Any]] = []
    query = 0
    while True:
        failed = [step for step in trace if step["Op"] == "Fail" and step["ParentID"] == query and _is_in_test(step)]
        inner = failed[-1] if failed else None
        if inner is None or inner["QueryID"] == query or (found and not _asks(found[-1], inner, trace)):
            return found
        found.append(inner)
        query = inner["QueryID"]


def _asks(outer: dict[str, Any], inner: dict[str, Any], trace: Sequence[dict[str, Any]]) -> bool:
    """Whether the step that failed within is of a rule that the step outside names."""
    entered = (step["Node"] for step in trace if step["Op"] == "Enter" and step["QueryID"] == inner["QueryID"])
    heads = {head.get("name") for node in entered if isinstance(node, dict) for head in [node.get("head", {})]}
    return any(isinstance(node.get("value"), str) and node["value"] in heads for node in nodes(outer["Node"]))


def _is_in_test(step: dict[str, Any]) -> bool:
    return str(step["Location"]["file"]).endswith("_test.rego")


def _evaluate(ask_opa: AskOpa, query: str) -> Any:  # noqa: ANN401 - whatever the tests' file says
    said = ask_opa("eval", "--data", ".", query)
    try:
        return said["result"][0]["bindings"]["answer"]
    except (LookupError, TypeError):
        return None


def _name(test: dict[str, Any]) -> str:
    return f"{test.get('package')}.{test.get('name')}"


def _find(file: str, line: int, sentence: str, rule: str) -> PolicyFinding:
    return PolicyFinding(file=file, line=line, rule=rule, sentence=sentence)
