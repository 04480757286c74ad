"""Are the tables whole and their numbers plausible? Every mistake at its own line, in words that need no schema."""

import difflib
import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema

from gateway.errors import ConfigurationError
from gateway.model import find_member
from gateway.near_words import suggest_near
from gateway.pdp.check.source import PolicyFinding, suggest
from gateway.pdp.check.written_numbers import find_two_ways, find_words, read_written, tell_other
from gateway.pdp.tables import find_lines, parse_table
from gateway.strict import TYPOGRAPHIC_QUOTES, VALUES_IN_WORDS, tell_not_utf_8

_KNOWN_COMPONENTS = ("ERO", "HSI", "OPLA", "OPR", "CBP", "USCIS", "FPS", "TSA")
_BETWEEN = re.compile(r"[\s,;]+")
_APART = "write each by itself, with commas between them, as [ERO, HSI]."
_LOOK_ALIKES = str.maketrans("01|l", "OIII")
_POINT = ", for a point begins a fraction: write a thousand as 1000"
_RULES = "rules_of_behavior"
_NEAR = 0.84
_CIRCUMSTANCE = re.compile(r"[a-z][a-z_]{2,31}")
_Validator: Any = jsonschema.validators.extend(  # type: ignore[no-untyped-call]
    jsonschema.Draft202012Validator,
    type_checker=jsonschema.Draft202012Validator.TYPE_CHECKER.redefine(
        "integer", lambda _checker, value: isinstance(value, int) and not isinstance(value, bool)
    ),
)
"""To JSON Schema 5.000 is a whole number; who writes it means another one."""
_AT_LINE = re.compile(r".*, line (\d+): (.*)")


def table_findings(directory: Path) -> Iterator[PolicyFinding]:
    """Whatever in the tables of this policy folder is missing, misspelt, of the wrong kind or out of bounds."""
    schema = json.loads((files("gateway.pdp") / "schemas" / "tables.json").read_text(encoding="utf-8"))
    read: dict[str, tuple[_TableFile, Any]] = {}
    for path in sorted((directory / "tables").rglob("data.yaml")):
        name = path.relative_to(directory).as_posix()
        try:
            text = path.read_text(encoding="utf-8")
            table = parse_table(text, name)
        except ConfigurationError as mistake:
            yield from (_unreadable(name, problem) for problem in mistake.problems)
            continue
        except UnicodeDecodeError as error:
            line, sentence = tell_not_utf_8(error)
            yield PolicyFinding(file=name, line=line, rule="load", sentence=sentence)
            continue
        except (OSError, ValueError):
            continue  # told when the policy is loaded
        read[path.parent.name] = _TableFile(name, text), table
        yield from _judge(*read[path.parent.name], path.parent.name, schema)
    yield from _find_unreadable_text(read)
    yield from _find_late_warning(read)
    yield from _find_unknown_operations(read)
    yield from _find_unclaimable(read)
    for topic in schema["required"]:
        if not (directory / "tables" / topic / "data.yaml").is_file():
            yield PolicyFinding(
                file=f"tables/{topic}/data.yaml", line=0, rule="table", sentence="This table is missing."
            )


def _unreadable(name: str, problem: str) -> PolicyFinding:
    """What keeps a table from being read, at the line that it names."""
    told = _AT_LINE.fullmatch(problem)
    line, sentence = (int(told[1]), told[2]) if told else (0, problem.removeprefix(f"{name}: "))
    return PolicyFinding(file=name, line=line, rule="load", sentence=sentence)


class _TableFile:
    """One table, which knows the line of each of its entries."""

    def __init__(self, name: str, text: str) -> None:
        self._name, self._lines, self.written = name, find_lines(text), read_written(text)

    def find(self, path: Sequence[str | int], sentence: str) -> PolicyFinding:
        place = tuple(path)
        while place and place not in self._lines:
            place = place[:-1]
        return PolicyFinding(file=self._name, line=self._lines.get(place, 1), rule="table", sentence=sentence)


def _find_unreadable_text(read: Mapping[str, tuple[_TableFile, Any]]) -> Iterator[PolicyFinding]:
    """What would let nobody accept the rules of behavior: a first day that is none, a version that has no text."""
    nothing: tuple[_TableFile, Any] = (_TableFile("", ""), {})
    file, documents = read.get("documents", nothing)
    naming, training = read.get("training", nothing)
    texts = find_member(documents, _RULES)
    for version, entry in texts.items() if isinstance(texts, dict) else ():
        since = find_member(entry, "from")
        if isinstance(since, str) and not _is_day(since):
            sentence = f"`{_RULES}.{version}.from` is {_show(since)}; write the first day as 2026-01-31."
            yield file.find([_RULES, version, "from"], sentence)
    wanted = find_member(training, "rules_of_behavior_version", "value")
    if isinstance(texts, dict) and isinstance(wanted, str) and wanted not in texts:
        told = "of which tables/documents has no text: nobody could accept it"
        sentence = f"`rules_of_behavior_version` is {_show(wanted)}, {told}."
        yield naming.find(["rules_of_behavior_version", "value"], sentence)


def _find_late_warning(read: Mapping[str, tuple[_TableFile, Any]]) -> Iterator[PolicyFinding]:
    """A warning that comes when the policy has ended is none."""
    file, policy = read.get("policy", (_TableFile("", ""), {}))
    warned, ends = (find_member(policy, name, "value") for name in ("warn_after_days", "max_age_days"))
    if isinstance(warned, int | float) and isinstance(ends, int | float) and warned >= ends:
        sentence = f"`warn_after_days` is {_show(warned)}, and the policy ends after {_show(ends)} days: warn before."
        yield file.find(["warn_after_days", "value"], sentence)


def _find_unknown_operations(read: Mapping[str, tuple[_TableFile, Any]]) -> Iterator[PolicyFinding]:
    """An emergency in an operation that is none would never be one."""
    nothing: tuple[_TableFile, Any] = (_TableFile("", ""), {})
    file, emergencies = read.get("emergencies", nothing)
    _, known = read.get("operations", nothing)
    names = find_member(emergencies, "operations")
    for index, name in enumerate(names if isinstance(names, list) and isinstance(known, dict) else ()):
        if name not in known:
            told = f"`operations`: tables/operations has no `{name}`, so no emergency is ever one in it."
            sentence = f"{told}{suggest(str(name), known)}"
            yield file.find(["operations", index], sentence)


def _find_unclaimable(read: Mapping[str, tuple[_TableFile, Any]]) -> Iterator[PolicyFinding]:
    """A circumstance that no statement can begin with would never be claimed."""
    file, emergencies = read.get("emergencies", (_TableFile("", ""), {}))
    named = find_member(emergencies, "circumstances")
    for index, name in enumerate(named if isinstance(named, list) else ()):
        if isinstance(name, str) and _CIRCUMSTANCE.fullmatch(name) is None:
            told = f"`circumstances`: officers begin their statement with `{name}`, so it must be one word"
            yield file.find(["circumstances", index], f"{told} of small letters and underscores, three to thirty-two.")


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _judge(file: _TableFile, table: Any, topic: str, schema: Mapping[str, Any]) -> Iterator[PolicyFinding]:  # noqa: ANN401
    known = schema["properties"].get(topic)
    rules = {"$defs": schema["$defs"], **(known or {"additionalProperties": {"$ref": "#/$defs/sourced"}})}
    errors = [*_Validator(rules).iter_errors(table)]
    for error in errors:
        yield from _tell_error(file, error)
    told = {(*error.absolute_path,) for error in errors}
    for path, sentence in (*find_two_ways(file.written), *find_words(file.written)):
        if path not in told:
            yield file.find(path, f"`{_write_path(path)}` {sentence}.")
    if known is not None and isinstance(table, dict):
        yield from _misspelt(file, (), table, known)
        if "additionalProperties" not in known:
            yield from _find_unsourced(file, table, known, schema)
    if topic == "purposes" and isinstance(table, dict):
        yield from _components(file, table)


def _tell_error(file: _TableFile, error: jsonschema.ValidationError) -> Iterator[PolicyFinding]:
    path, name = list(error.absolute_path), _write_path(error.absolute_path)
    wanted: Any = error.validator_value
    given: Any = error.instance
    if error.validator == "required":
        missing = [key for key in wanted if key not in given and f"{key!r} is a required" in error.message]
        yield from (file.find(path, _tell_missing([*path, key], key, given, wanted)) for key in missing)
    elif error.validator == "type":
        must = VALUES_IN_WORDS.get(str(wanted), str(wanted))
        yield file.find(path, f"`{name}` must be {must}; here it is {_tell_number(file, path, given, str(wanted))}.")
    elif error.validator in {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"}:
        bound = "at least" if "inimum" in str(error.validator) else "at most"
        bound = "more than" if error.validator == "exclusiveMinimum" else bound
        yield file.find(path, f"`{name}` is {_show(given)}; plausible is {bound} {wanted}.")
    elif error.validator == "enum":
        hint = suggest(str(given), map(str, wanted))
        yield file.find(path, f"`{name}` is {_show(given)}; it must be one of: {', '.join(map(str, wanted))}.{hint}")
    elif error.validator == "pattern":
        yield file.find([given], f"`{given}`: a name has small letters and underscores only, three to sixty-four.")
    else:
        yield file.find(
            path, f"`{name}`: {'it must not be empty' if 'min' in str(error.validator) else error.message}."
        )


def _tell_number(file: _TableFile, path: Sequence[str | int], given: object, wanted: str) -> str:
    """What stands where this type should, a number or anything else: as it is written, with the number that is probably meant."""
    raw = file.written.get(tuple(path))
    if isinstance(given, float):
        return f"{raw or given}{_POINT}"
    return tell_other(given, raw, whole=wanted == "integer")


def _tell_missing(path: Sequence[str | int], key: str, given: Mapping[str, Any], wanted: Collection[str]) -> str:
    """A capital is another letter: `Value` is not read, and looks as if it were; so does `vaule`."""
    told = f"`{_write_path(path)}` is missing."
    written = next((name for name in given if name != key and name.lower() == key), None)
    if written is not None:
        return f"{told} `{written}` is read by nothing: write `{key}`, in small letters."
    near = next((name for name in given if name not in wanted and suggest_near(name, [key])), None)
    return told if near is None else f"{told} `{near}` is read by nothing: write `{key}`."


def _misspelt(
    file: _TableFile, path: tuple[str, ...], table: Mapping[str, Any], known: Mapping[str, Any]
) -> Iterator[PolicyFinding]:
    """Names that nothing reads, and that are nearly names which something does."""
    names = known.get("properties", {})
    for name, value in table.items():
        near = [word for word in names if word not in table and _are_near(name, word)]
        if name not in names and near:
            sentence = f"`{_write_path([*path, name])}` is read by nothing. Did you mean `{near[0]}`?"
            yield file.find([*path, name], sentence)
        row = known.get("additionalProperties")
        if name not in names and isinstance(row, dict) and isinstance(value, dict):
            yield from _misspelt(file, (*path, name), value, row)


def _find_unsourced(
    file: _TableFile, table: Mapping[str, Any], known: Mapping[str, Any], schema: Mapping[str, Any]
) -> Iterator[PolicyFinding]:
    """Entries besides the usual ones must say where they come from as well."""
    rules = {"$defs": schema["$defs"], "$ref": "#/$defs/sourced"}
    for name, value in table.items():
        if name in known.get("properties", {}) or not isinstance(value, dict) or "value" not in value:
            continue
        for error in _Validator(rules).iter_errors(value):
            error.path.appendleft(name)
            yield from _tell_error(file, error)


def _components(file: _TableFile, table: Mapping[str, Any]) -> Iterator[PolicyFinding]:
    """A zero for an O shuts a whole component out, and nobody sees it."""
    written = {str(name) for row in table.values() if isinstance(row, dict) for name in _list(row)}
    for purpose, row in table.items():
        for index, name in enumerate(_list(row) if isinstance(row, dict) else ()):
            others = [*_KNOWN_COMPONENTS, *sorted(written)]
            if TYPOGRAPHIC_QUOTES.search(str(name)):
                sentence = f"The component `{name}` has quotation marks as a word processor writes them, and nobody would match it: leave them out."
                yield file.find([purpose, "components", index], sentence)
                continue
            if _is_several(str(name), others):
                sentence = f"The component `{name}` is several in one, and nobody would match it: {_APART}"
                yield file.find([purpose, "components", index], sentence)
                continue
            alike = [other for other in others if other != name and _fold(other) == _fold(str(name))]
            if alike and name not in _KNOWN_COMPONENTS:
                sentence = f"The component `{name}` looks like `{alike[0]}` and is another word: nobody would match it."
                yield file.find([purpose, "components", index], sentence)
            elif _has_zero_for_o(str(name)):
                meant = str(name).replace("0", "O")
                sentence = f"The component `{name}` has a zero among its letters, and nobody would match it: is `{meant}` meant?"
                yield file.find([purpose, "components", index], sentence)


def _has_zero_for_o(name: str) -> bool:
    """Whether zeros stand among letters alone, of which there are two or more: `D10` and `A0` number something."""
    letters = name.replace("0", "")
    return letters != name and len(letters) > 1 and letters.isalpha()


def _is_several(name: str, others: Sequence[str]) -> bool:
    """Whether a comma is forgotten, or within the word; a component may have a blank in it, but no other one beside it."""
    parts = _BETWEEN.split(name)
    return "," in name or ";" in name or (len(parts) > 1 and any(part in others for part in parts))


def _list(row: Mapping[str, Any]) -> list[Any]:
    components = row.get("components")
    return components if isinstance(components, list) else []


def _fold(name: str) -> str:
    return name.translate(_LOOK_ALIKES).upper().strip()


def _are_near(name: str, word: str) -> bool:
    return difflib.SequenceMatcher(None, name, word).ratio() >= _NEAR


def _write_path(path: Sequence[str | int] | Any) -> str:  # noqa: ANN401 - jsonschema's deque
    return ".".join(str(part) for part in path) or "the table"


def _show(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)[:60]
