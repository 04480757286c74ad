"""Places where a rule reads a rule of another topic that is not there: it is undefined, and so is all that needs it."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from gateway.pdp.bundle import list_rules
from gateway.pdp.check.source import PolicyFinding, suggest

_PACKAGE = re.compile(r"^package ([a-z_][\w.]*)", re.MULTILINE)
_HEAD = re.compile(r"^(?:default )?([a-z_]\w*)", re.MULTILINE)
_IMPORT = re.compile(r"^import data\.([\w.]+)(?: as (\w+))?", re.MULTILINE)
_NO_CODE = re.compile(r'"(?:\\.|[^"\\\n])*"|`[^`]*`|#.*|^(?:import|package) .*', re.MULTILINE)
_REF = re.compile(r"(?<![\w.])([a-z_]\w*(?:\.[a-z_]\w*)+)")
_RULES = "lpr"


def unknown_rule_findings(directory: Path) -> Iterator[PolicyFinding]:
    """Each such place, at its line, with the rule or topic that was probably meant."""
    texts = {path: path.read_text(encoding="utf-8", errors="replace") for path in list_rules(directory)}
    topics: dict[str, set[str]] = {}
    for text in texts.values():
        for package in _PACKAGE.findall(text)[:1]:
            topics.setdefault(package, set()).update(_HEAD.findall(text))
    for path, text in texts.items():
        known = {name or target.rsplit(".", 1)[-1]: target for target, name in _IMPORT.findall(text)}
        code = _NO_CODE.sub(lambda match: "\n" * match[0].count("\n"), text)
        for number, line in enumerate(code.splitlines(), 1):
            for ref in _REF.findall(line):
                sentence = _judge(_resolve(ref, known), topics)
                if sentence is not None:
                    name = path.relative_to(directory).as_posix()
                    yield PolicyFinding(file=name, line=number, rule="unknown-entry", sentence=sentence)


def _resolve(ref: str, imported: Mapping[str, str]) -> str:
    """The whole path of what is read, without `data.`; of the input and of names of one's own, nothing that is known."""
    first, _, rest = ref.partition(".")
    return rest if first == "data" else f"{imported[first]}.{rest}" if first in imported else ""


def _judge(path: str, topics: Mapping[str, set[str]]) -> str | None:
    """What is wrong with reading this; None where it is a rule of a topic, or whole topics."""
    parts = path.split(".")
    if parts[0] != _RULES or any(topic == path or topic.startswith(f"{path}.") for topic in topics):
        return None
    prefixes = (".".join(parts[:end]) for end in range(len(parts) - 1, 0, -1))
    topic = next((prefix for prefix in prefixes if prefix in topics), _RULES)
    below = {each.removeprefix(f"{topic}.").split(".")[0] for each in topics if each.startswith(f"{topic}.")}
    name, there = parts[topic.count(".") + 1], topics.get(topic, set()) | below
    if name in there:
        return None
    return f"There is no `{name}` in `data.{topic}`, so this never holds.{suggest(name, there)}"
