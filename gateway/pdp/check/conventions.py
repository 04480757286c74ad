"""How a policy must be written so that a lawyer can read it and a reviewer can trust what its headings say."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from gateway.pdp.check.source import Node, PolicyFinding, RegoSource, line_of, nodes, ref_name, rule_name
from gateway.pdp.reason_book import GATEWAY_REASONS, ReasonBook

LONGEST_FILE = 200
LONGEST_RULE = 20
ANSWERS = frozenset({"deny", "satisfied"})
"""What each topic answers, under the same names everywhere."""
UNKNOWN_CODE = "A reason's code must be written out, and be one of the known codes or one declared in `tables/reasons`"
"""How the finding begins; what stands there follows."""
ENTRYPOINT_RULE = ("lpr", "decision")


def convention_findings(
    sources: Sequence[RegoSource], reason_book: ReasonBook = GATEWAY_REASONS
) -> Iterator[PolicyFinding]:
    """Whatever in these files, which must be a whole policy, is not written as agreed."""
    for source in sources:
        yield from _layout(source)
        yield from _rule_headings(source, sources)
        yield from _reasons(source, reason_book)
        yield from _privacy(source, sources)
    yield from _joining(sources)
    yield from _package_headings(sources)
    yield from _entrypoints(sources)


def _layout(source: RegoSource) -> Iterator[PolicyFinding]:
    folder = source.path.rpartition("/")[0]
    if source.package != folder.replace("/", "."):
        yield _find(source, line_of(source.tree["package"]), "directory", tell_package(folder))
    lines = source.text.splitlines()
    if len(lines) > LONGEST_FILE:
        yield _find(source, LONGEST_FILE, "file-length", _tell_too_long(source, folder, len(lines)))
    for rule in source.rules:
        if _length(line_of(rule), source, lines) > LONGEST_RULE:
            sentence = f"The rule has more than {LONGEST_RULE} lines: name its parts."
            yield _find(source, line_of(rule), "rule-length", sentence)


def tell_package(folder: str) -> str:
    """Which package a file of this folder belongs to; of one below another folder than `lpr`, also what it probably is."""
    told = f"A file in `{folder}` belongs to `package {folder.replace('/', '.')}`."
    beside, found, _ = f"{folder}/".partition("/lpr/")
    return f"{told} Is `{beside}` a draft? Move it out of this folder, whose rules it joins." if found else told


def _tell_too_long(source: RegoSource, folder: str, count: int) -> str:
    return (
        f"The file has {count} lines, and may have {LONGEST_FILE}, so that whoever signs it can read a topic in one sitting: move some "
        f"of its rules, whole, into another file of the folder `{folder}` that also begins with `package {source.package}`. "
        "Nothing else changes by that: the files of a package are one topic."
    )


def _length(start: int, source: RegoSource, lines: list[str]) -> int:
    """The lines of a rule: up to the next rule or comment that starts a line, without the empty ones before it."""
    starts = {line_of(rule) for rule in source.rules}
    after = start + 1
    while after <= len(lines) and after not in starts and not lines[after - 1].startswith("#"):
        after += 1
    while not lines[after - 2].strip():
        after -= 1
    return after - start


def _package_headings(sources: Sequence[RegoSource]) -> Iterator[PolicyFinding]:
    """Each package has METADATA in one of its files."""
    for package in sorted({source.package for source in sources}):
        files = [source for source in sources if source.package == package]
        notes = [note for source in files for note in _annotations(source) if note.get("scope") == "package"]
        if not any(note.get("title") and note.get("description") for note in notes):
            sentence = f"The topic `{package}` needs METADATA with a title and a description."
            yield _find(files[0], line_of(files[0].tree["package"]), "metadata", sentence)


def _rule_headings(source: RegoSource, sources: Sequence[RegoSource]) -> Iterator[PolicyFinding]:
    """Each rule has METADATA with a title at one of its bodies, or in another file of its package."""
    titled = {
        rule_name(rule)
        for other in sources
        if other.package == source.package
        for rule in other.rules
        if any(note.get("title") for note in rule.get("annotations", []))
    }
    seen: set[str] = set()
    for rule in source.rules:
        name = rule_name(rule)
        if name not in titled | seen:
            yield _find(source, line_of(rule), "metadata", f"The rule `{name}` needs METADATA with a title.")
        seen.add(name)


def tell_unknown_code(code: object, reason_book: ReasonBook) -> str:
    """What is wrong with this code, and which was probably meant."""
    written = f": `{code}` is none{reason_book.suggest(code)}" if isinstance(code, str) else "."
    return f"{UNKNOWN_CODE}{written}"


def _reasons(source: RegoSource, reason_book: ReasonBook) -> Iterator[PolicyFinding]:
    """Each reason is written out in its rule, and its METADATA say the same."""
    for rule in source.rules:
        if rule_name(rule) != "deny":
            continue
        line, reason = line_of(rule), _literal(rule["head"].get("key"))
        known = reason_book.find(reason.get("code"))
        if known is None:
            yield _find(source, line, "reason", tell_unknown_code(reason.get("code"), reason_book))
            continue
        note: Node = next(iter(rule.get("annotations", [])), {})
        custom = note.get("custom", {})
        if custom.get("code") not in (None, known.value):
            sentence = (
                f"METADATA name the code `{custom['code']}`, and the rule gives `{known}`: write the same in both."
            )
            yield _find(source, line, "reason", sentence)
        elif not custom.get("code") or not custom.get("basis") or not note.get("description"):
            sentence = f"METADATA of `{known}` must give its `custom.code`, its `custom.basis` and a description."
            yield _find(source, line, "reason", sentence)
        sentences = (known.text.sentence, *known.text.former)
        if reason.get("message") != note.get("title") or note.get("title") not in sentences:
            sentence = (
                f"Title and message of `{known}` must be the sentence that officers are told: {known.text.sentence}"
            )
            yield _find(source, line, "reason", sentence)


def _privacy(source: RegoSource, sources: Sequence[RegoSource]) -> Iterator[PolicyFinding]:
    """A rule that no other topic reads starts with `_`, so that a reader knows where its effect ends."""
    read = {name for other in sources if other.package != source.package for name in _references(other)}
    seen: set[str] = set()
    for rule in source.rules:
        name = rule_name(rule)
        if source.package == "lpr" or name in ANSWERS | seen:
            continue
        seen.add(name)
        if name.startswith("_") is (f"data.{source.package}.{name}" in read):
            sentence = f"`{name}` starts with `_` if, and only if, no other topic reads it."
            yield _find(source, line_of(rule), "privacy", sentence)


def _joining(sources: Sequence[RegoSource]) -> Iterator[PolicyFinding]:
    """Whatever a topic answers is read by `decision.rego`: a reason that nobody reads denies nothing."""
    read = {name for source in sources if source.package == "lpr" for name in _references(source)}
    for source in sources:
        for name in sorted({rule_name(rule) for rule in source.rules} & ANSWERS):
            if source.package != "lpr" and f"data.{source.package}.{name}" not in read:
                sentence = f"`{name}` of the topic `{source.package}` is not read by `decision.rego`."
                yield _find(source, line_of(source.tree["package"]), "joining", sentence)


def _references(source: RegoSource) -> set[str]:
    return {ref_name(node) for node in nodes(source.rules) if node.get("type") == "ref"}


def _entrypoints(sources: Sequence[RegoSource]) -> Iterator[PolicyFinding]:
    marked = Counter(
        (source.package, rule_name(rule))
        for source in sources
        for rule in source.rules
        if any(note.get("entrypoint") for note in rule.get("annotations", []))
    )
    if list(marked) != [ENTRYPOINT_RULE]:
        yield PolicyFinding(
            file="", line=0, rule="entrypoint", sentence="Only `decision` in `lpr` is marked as entrypoint."
        )


def _literal(term: Node | None) -> dict[str, str]:
    """The texts of an object that is written out."""
    if term is None or term.get("type") != "object":
        return {}
    return {key["value"]: value["value"] for key, value in term["value"] if value["type"] == "string"}


def _annotations(source: RegoSource) -> list[dict[str, Any]]:
    return [node for node in source.tree.get("annotations", []) if isinstance(node, dict)]


def _find(source: RegoSource, line: int, rule: str, sentence: str) -> PolicyFinding:
    return PolicyFinding(file=source.path, line=line, rule=rule, sentence=sentence)
