"""Why a policy decides as it does: each topic's answer, the rule in its file and line, the facts it read, what would turn it."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import regorus

from gateway.errors import Refusal
from gateway.pdp import Bundle, EmbeddedEngine

_HEAD = re.compile(r"^(?:default )?(?P<name>_?[a-z][a-z0-9_]*)(?=[\s(:=\[.]|$)")
_CODE = re.compile(r'"code":\s*"([a-z_]+)"')
_TITLE = re.compile(r"^# title: (.*)$")
_INPUT, _TABLE = (
    re.compile(r"(?<![\w.])input((?:\.[a-z_0-9]+)+)"),
    re.compile(r"(?<![\w.])data\.(tables(?:\.[a-z_0-9]+)+)"),
)
_NAME = re.compile(r"(?<![\w.\"])_?[a-z][a-z0-9_]*(?![\w\"])")


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenRule:
    """One body of a rule as it stands in a file."""

    file: str
    line: int
    name: str
    title: str
    text: str = field(repr=False)

    @property
    def place(self) -> str:
        """File and line."""
        return f"{self.file}:{self.line}"

    @property
    def code(self) -> str | None:
        """The reason that it gives, if it gives one."""
        found = _CODE.search(self.text)
        return found[1] if found else None


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicAnswer:
    """What one topic says: whether it is satisfied, which it is only without a reason against, and these reasons."""

    topic: str
    satisfied: bool
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainedReason:
    """One reason: where it is written, which of its conditions fail, and the facts and numbers it looked at."""

    code: str
    place: str
    failing: tuple[str, ...]
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """A decision explained."""

    revision: str
    allow: bool
    reasons: tuple[ExplainedReason, ...]
    topics: tuple[TopicAnswer, ...]
    obligations: tuple[Mapping[str, Any], ...]


def explain(bundle: Bundle, input_text: str) -> Explanation:
    """How this policy decides this input, and by what.

    Raises:
        Refusal: it gives no decision.
    """
    decision = EmbeddedEngine(bundle).decide(input_text)
    document = json.loads(decision.document)
    reader = _PolicyReader(bundle, input_text)
    return Explanation(
        revision=bundle.revision,
        allow=decision.allow,
        reasons=tuple(reader.explain_reason(reason.value) for reason in decision.reasons),
        topics=tuple(reader.topics()),
        obligations=tuple(document["obligations"]),
    )


def list_rules(bundle: Bundle) -> list[WrittenRule]:
    """Every rule body of the policy, with the title above it."""
    return [rule for file, text in bundle.rego for rule in _rules_in(file, text)]


def _rules_in(file: str, text: str) -> Iterator[WrittenRule]:
    lines, titles = text.splitlines(), dict[str, str]()
    starts = [at for at, line in enumerate(lines) if _HEAD.match(line) and not line.startswith(("package", "import"))]
    for at, following in zip(starts, [*starts[1:], len(lines)], strict=True):
        head = _HEAD.match(lines[at])
        name = head["name"] if head else ""
        above = at - 1
        while above >= 0 and lines[above].startswith("#"):
            above -= 1
        found = [title[1] for line in lines[above + 1 : at] if (title := _TITLE.match(line))]
        titles[name] = found[0] if found else titles.get(name, "")
        body = [line for line in lines[at:following] if not line.startswith("#")]
        yield WrittenRule(file=file, line=at + 1, name=name, title=titles[name], text="\n".join(body))


class _PolicyReader:
    """One policy beside one input: asks the engine for single rules, and the text for where they are."""

    def __init__(self, bundle: Bundle, input_text: str) -> None:
        self._rules, self._input, self._data = list_rules(bundle), json.loads(input_text), dict(bundle.data)
        self._engine = regorus.Engine()
        for path, text in bundle.rego:
            self._engine.add_policy(path, text)
        self._engine.add_data_json(bundle.data_text)
        self._engine.set_input_json(input_text)

    def topics(self) -> Iterator[TopicAnswer]:
        files = dict.fromkeys(rule.file for rule in self._rules if rule.name == "satisfied")
        for topic in dict.fromkeys(file.split("/")[-2] for file in files):
            against = self._value(f"data.lpr.{topic}.deny") or []
            codes = tuple(sorted(reason["code"] for reason in against))
            satisfied = self._value(f"data.lpr.{topic}.satisfied") is True and not codes  # one reason against denies
            yield TopicAnswer(topic=topic, satisfied=satisfied, reasons=codes)

    def explain_reason(self, code: str) -> ExplainedReason:
        rule = next((rule for rule in self._rules if rule.code == code), None)
        if rule is None:
            return ExplainedReason(code=code, place="", failing=(), facts={})
        used = list(self._find_used(rule))
        failing = [other for other in used if not self._holds(other)]
        named = dict.fromkeys(f"{other.title or other.name} ({other.place})" for other in failing)
        return ExplainedReason(code=code, place=rule.place, failing=tuple(named), facts=self._facts([rule, *used]))

    def _find_used(self, rule: WrittenRule) -> Iterator[WrittenRule]:
        """The rules of its topic that a rule asks, and those that these ask."""
        waiting, seen = [rule], {(rule.place)}
        while waiting:
            text = waiting.pop(0).text
            for other in self._rules:
                if other.file == rule.file and other.place not in seen and other.name in _NAME.findall(text):
                    if other.name == "deny":
                        continue
                    seen.add(other.place)
                    waiting.append(other)
                    if other.name != "satisfied":  # what it asks says more than that it does not hold
                        yield other

    def _holds(self, rule: WrittenRule) -> bool:
        package = rule.file.rpartition("/")[0].replace("/", ".")
        return self._value(f"data.{package}.{rule.name}") not in (None, False, [])

    def _facts(self, rules: list[WrittenRule]) -> dict[str, Any]:
        text = "\n".join(rule.text for rule in rules)
        places = dict.fromkeys(path[1:] for path in _INPUT.findall(text))
        tables = dict.fromkeys(_TABLE.findall(text))
        return {path: find(self._input, path) for path in places} | {path: find(self._data, path) for path in tables}

    def _value(self, query: str) -> Any:  # noqa: ANN401 - any JSON value
        try:
            found = json.loads(self._engine.eval_query_as_json(f"x = {query}"))
            return found["result"][0]["bindings"]["x"]
        except BaseException as failure:
            if isinstance(failure, KeyboardInterrupt | SystemExit):
                raise
            return None


def find(document: Any, path: str) -> Any:  # noqa: ANN401 - any JSON value
    """The value at a dotted path; None where there is none."""
    for step in path.split("."):
        if isinstance(document, list) and step.isdigit() and int(step) < len(document):
            document = document[int(step)]
        elif isinstance(document, dict):
            document = document.get(step)
        else:
            return None
    return document


def decide_codes(engine: EmbeddedEngine, text: str) -> tuple[str, ...] | None:
    """The reasons against, empty for an allow; None where there is no decision."""
    try:
        decision = engine.decide(text)
    except Refusal:
        return None
    return () if decision.allow else tuple(reason.value for reason in decision.reasons)
