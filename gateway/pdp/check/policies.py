"""Everything that is asked of a policy before anybody may sign it, in one report."""

from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from gateway.errors import ConfigurationError
from gateway.model import Decision
from gateway.pdp.bundle import Bundle, list_rules, load_policies
from gateway.pdp.check.case_files import find_cases
from gateway.pdp.check.case_findings import case_findings, repeated_findings, try_reading
from gateway.pdp.check.cases import DecisionCase
from gateway.pdp.check.conventions import UNKNOWN_CODE, convention_findings
from gateway.pdp.check.disclosed_causes import find_disclosed
from gateway.pdp.check.failing_tests import SHARED
from gateway.pdp.check.guardrails import EXAMPLES, guardrail_findings, undecided_findings
from gateway.pdp.check.misspelt_words import misspelt_word_findings
from gateway.pdp.check.opa_batch import OpaBatch
from gateway.pdp.check.opa_commands import OpaJudgement, judge_text, run_by_opa
from gateway.pdp.check.own_reasons import own_reason_findings
from gateway.pdp.check.plain_text import plain_findings
from gateway.pdp.check.report import (
    UNTIL_READ,
    UNTIL_RULES,
    UNTIL_SHARED,
    UNTIL_TABLES,
    WITHOUT_OPA,
    PolicyReport,
    tell_without_cases,
)
from gateway.pdp.check.source import PolicyFinding, RegoSource, parse_source
from gateway.pdp.check.strays import find_strays
from gateway.pdp.check.subset import subset_findings
from gateway.pdp.check.table_checks import table_findings
from gateway.pdp.check.unfit_values import unfit_value_findings
from gateway.pdp.check.unknown_fields import unknown_field_findings
from gateway.pdp.check.unknown_names import unknown_name_findings
from gateway.pdp.check.unknown_rules import unknown_rule_findings
from gateway.pdp.check.unread_entries import unknown_findings, unread_findings
from gateway.pdp.embedded import EmbeddedEngine
from gateway.pdp.reason_book import GATEWAY_REASONS, ReasonBook
from gateway.unreadable import tell_all_unreadable

_AT_START = 60
_UNREADABLE = frozenset({"opa-check", "parse"})
_CAUSES = _UNREADABLE | {"load", "reason", "unknown-entry"}
_FOLLOWING = frozenset({"case", "coverage", "opa-test", "privacy"})


def check_policies(
    directory: Path, opa_bin: Path | None, cases: Path | None = None, *, operations: Collection[str] | None = None
) -> PolicyReport:
    """Everything to put right in a policy folder, by file and line, in three steps.

    First the tables and whether all loads; then the rules as they are written: what the engines judge differently, how
    policies are written here, OPA's types and layout; last what the policy decides. While a table is wrong or a rule
    cannot be used nothing is decided, for each decision would only say so again. Without OPA it says what it left out. `operations` are the gateway's, where they are
    known: a table that names another one is wrong.
    """
    if not _holds_policy(directory):
        return _tell_no_policy(directory)
    if closed := _find_closed(directory):
        return PolicyReport(findings=closed, not_made=(UNTIL_READ,))
    spoilt = {*find_strays(directory), *_judge_tables(directory), *unknown_name_findings(directory, operations)}
    loaded, codes, problems = _try_loading(directory)
    lie = cases or find_cases(directory)
    read, unreadable = try_reading(lie)
    findings = {*unreadable, *repeated_findings(read), *spoilt, *_not_told_of(problems, spoilt)}
    findings |= {*_know_codes(codes, partial(_read_rules, directory, opa_bin))}
    if not spoilt:
        findings |= {*_read_entries(directory, opa_bin)}
    causes = _find_causes(findings)
    left_out = (*(WITHOUT_OPA if opa_bin is None else ()), *(() if read or unreadable else (tell_without_cases(lie),)))
    if spoilt or causes or loaded is None:
        not_made = (UNTIL_TABLES if spoilt else UNTIL_RULES, *left_out)
        return PolicyReport(findings=tuple(_in_order(causes or findings)), not_made=not_made, cases=len(read))
    with ThreadPoolExecutor(max_workers=1) as beside:  # OPA is a process of its own: meanwhile this one decides
        tested = beside.submit(_test_rules, directory, opa_bin)
        findings |= {*undecided_findings(*loaded), *_judge_decisions(*loaded, read)}
        judgement = tested.result()
    findings |= {*judgement.findings}
    engines = ["embedded"]
    if opa_bin is not None and not findings and read:
        findings |= {*_decide_by_opa(read, OpaBatch(loaded[0], opa_bin), loaded[0].reason_book)}
        engines.append("opa")
    return PolicyReport(
        findings=tuple(_in_order(findings)),
        not_made=(*_tell_untold(judgement), *left_out),
        tests=judgement.tests,
        cases=len(read),
        coverage_percent=judgement.coverage_percent,
        engines=tuple(engines),
        examples=EXAMPLES,
    )


def _judge_tables(directory: Path) -> Iterator[PolicyFinding]:
    """What is wrong in the tables; of a value that two readers find wrong, what the first says."""
    told = set()
    for finding in table_findings(directory):
        told.add((finding.file, finding.line))
        yield finding
    yield from (one for one in unfit_value_findings(directory) if (one.file, one.line) not in told)


def run_tests(directory: Path, opa_bin: Path | None, cases: Path | None = None) -> PolicyReport:
    """The tests beside the rules, with their coverage, and every case on every engine there is; nothing else."""
    if closed := _find_closed(directory):
        return PolicyReport(findings=closed, not_made=(UNTIL_READ,))
    loaded, _, problems = _try_loading(directory)
    lie = cases or find_cases(directory)
    read, unreadable = try_reading(lie)
    strays = {*find_strays(directory)}
    if strays:
        return PolicyReport(findings=tuple(_in_order(strays)), not_made=(UNTIL_RULES,))
    findings, engines = {*problems, *unreadable, *repeated_findings(read)}, []
    judgement = _test_rules(directory, opa_bin)
    if loaded is not None:
        bundle, engine = loaded
        findings |= {*case_findings(read, engine, name="embedded engine", reason_book=bundle.reason_book)}
        engines.append("embedded")
        if opa_bin is not None and read:
            findings |= {*_decide_by_opa(read, OpaBatch(bundle, opa_bin), bundle.reason_book)}
            engines.append("opa")
    return PolicyReport(
        findings=tuple(_in_order({*findings, *judgement.findings})),
        not_made=(
            *_tell_untold(judgement),
            *((WITHOUT_OPA[1], WITHOUT_OPA[3]) if opa_bin is None else ()),
            *(() if read or unreadable else (tell_without_cases(lie),)),
        ),
        tests=judgement.tests,
        cases=len(read),
        coverage_percent=judgement.coverage_percent,
        engines=tuple(engines),
    )


def check_at_start(directory: Path, *, is_signed: bool = False) -> tuple[PolicyFinding, ...]:
    """What of a policy must be put right before a gateway may decide by it: all but what OPA is asked, and with fewer examples.

    The sentences beside the folder are among it: what they say otherwise than the policy does nobody may decide by.
    """
    if closed := _find_closed(directory):
        return closed
    loaded, codes, problems = _try_loading(directory)
    spoilt = {*_judge_tables(directory)}
    findings = {*_not_told_of(problems, spoilt), *spoilt, *_know_codes(codes, partial(plain_findings, directory))}
    if loaded is not None and not findings:
        read, unreadable = try_reading(find_cases(directory))
        findings = {*undecided_findings(*loaded)} or {*unreadable, *_read_entries(directory, None)}
        findings |= {*(() if findings else _judge_decisions(*loaded, read, examples=_AT_START, is_signed=is_signed))}
    return tuple(_in_order(findings))


def _holds_policy(directory: Path) -> bool:
    """Whether it looks like a policy folder; also where this user may not look, which is told by itself."""
    try:
        return any((directory / part).is_dir() for part in ("lpr", "tables"))
    except PermissionError:
        return True


def _find_closed(directory: Path) -> tuple[PolicyFinding, ...]:
    """Rules, tests and tables that this user may not read: they would be told as wrong, or not be told at all."""
    told = tell_all_unreadable(directory, ".rego", ".yaml", without="oversight")
    return tuple(PolicyFinding(file="", line=0, rule="load", sentence=sentence) for sentence in told)


def _read_rules(directory: Path, opa_bin: Path | None, reason_book: ReasonBook) -> Iterator[PolicyFinding]:
    """What is wrong with how the rules are written, each file for itself."""
    if opa_bin is None:
        yield from plain_findings(directory, reason_book)
        return
    paths = list_rules(directory)
    parsed = [parse_source(directory, path.relative_to(directory).as_posix(), opa_bin) for path in paths]
    sources = [source for source in parsed if isinstance(source, RegoSource)]
    yield from (finding for finding in parsed if isinstance(finding, PolicyFinding))
    yield from subset_findings(sources)
    yield from convention_findings(sources, reason_book)


def _read_entries(directory: Path, opa_bin: Path | None) -> Iterator[PolicyFinding]:
    """What is wrong between the rules and the tables and the input that they read."""
    yield from unread_findings(directory)
    yield from unknown_findings(directory)
    yield from unknown_rule_findings(directory)
    yield from unknown_field_findings(directory)
    yield from misspelt_word_findings(directory)
    if opa_bin is not None:
        yield from judge_text(directory, opa_bin)


def _test_rules(directory: Path, opa_bin: Path | None) -> OpaJudgement:
    if opa_bin is None:
        return OpaJudgement(findings=(), tests=(), coverage_percent=None)
    return run_by_opa(directory, opa_bin)


def _tell_untold(judgement: OpaJudgement) -> tuple[str, ...]:
    return (UNTIL_SHARED,) if any(finding.rule in SHARED for finding in judgement.findings) else ()


def _judge_decisions(
    bundle: Bundle,
    engine: EmbeddedEngine,
    cases: list[DecisionCase],
    *,
    examples: int = EXAMPLES,
    is_signed: bool = False,
) -> Iterator[PolicyFinding]:
    """What is wrong with what a policy decides: against a guardrail, telling too much, not as a case says."""
    yield from guardrail_findings(
        bundle, engine, examples, sentences=[case.input_text for case in cases if case.allow], is_signed=is_signed
    )
    yield from find_disclosed(bundle, engine)
    yield from own_reason_findings(bundle, engine)
    yield from case_findings(cases, engine, name="embedded engine", reason_book=bundle.reason_book)


def _try_loading(
    directory: Path,
) -> tuple[tuple[Bundle, EmbeddedEngine] | None, ReasonBook | None, list[PolicyFinding]]:
    """The policy with an engine that decides by it, and the codes it may give; what cannot be had of these, and why."""
    bundle = None
    try:
        bundle = load_policies(directory)
        return (bundle, EmbeddedEngine(bundle)), bundle.reason_book, []
    except ConfigurationError as mistake:
        told = [PolicyFinding(file="", line=0, rule="load", sentence=problem) for problem in mistake.problems]
        return None, bundle.reason_book if bundle else None, told


def _know_codes(
    codes: ReasonBook | None, read_rules: Callable[[ReasonBook], Iterable[PolicyFinding]]
) -> Iterator[PolicyFinding]:
    """What is wrong with the rules; which codes may be given is not known while the tables that declare them do not load."""
    found = read_rules(codes or GATEWAY_REASONS)
    return (finding for finding in found if codes or not finding.sentence.startswith(UNKNOWN_CODE))


def _not_told_of(problems: Iterable[PolicyFinding], spoilt: Iterable[PolicyFinding]) -> Iterator[PolicyFinding]:
    """What keeps a policy from being loaded, but for tables that are told with their lines already."""
    told = tuple(finding.file for finding in spoilt)
    return (problem for problem in problems if not told or not problem.sentence.startswith(told))


def _decide_by_opa(cases: list[DecisionCase], opa: OpaBatch, reason_book: ReasonBook) -> Iterator[PolicyFinding]:
    decided = dict(
        zip((case.input_text for case in cases), opa.decide_all([case.input_text for case in cases]), strict=True)
    )
    yield from case_findings(cases, _Decided(decided), name="OPA", reason_book=reason_book)


class _Decided:
    """An engine that knows its answers already."""

    def __init__(self, decisions: dict[str, Decision]) -> None:
        self._decisions = decisions

    def decide(self, input_text: str) -> Decision:
        return self._decisions[input_text]

    def warm(self) -> None:
        """Nothing is to be made ready."""

    def health(self) -> None:
        """None: answers that are known already cannot fail."""


def _tell_no_policy(directory: Path) -> PolicyReport:
    """One sentence for the wrong folder, instead of all that is not in it."""
    beside = [*directory.glob("*/lpr"), *(parent / "lpr" for parent in directory.absolute().parents[:2])]
    near = next((found.parent for found in sorted(beside, key=str) if (found.parent / "tables").is_dir()), None)
    meant = "" if near is None else f"; did you mean {near}?"
    sentence = f"{directory} holds no policy: neither rules in a folder `lpr` nor a folder `tables`{meant}"
    return PolicyReport(findings=(PolicyFinding(file="", line=0, rule="load", sentence=sentence),))


def _find_causes(findings: Collection[PolicyFinding]) -> set[PolicyFinding]:
    """Where rules cannot be read or used: what is to be put right first, without what merely follows from it."""
    found = {finding.rule for finding in findings}
    if not found & _CAUSES:
        return set()
    placed = {finding.file for finding in findings if finding.rule == "opa-check"}  # each with what "parse" cannot say
    told = {
        finding
        for finding in findings
        if finding.rule not in _FOLLOWING and not (finding.rule == "parse" and finding.file in placed)
    }
    where = {finding for finding in told if finding.file or finding.rule != "load"}
    return where if found & {*_UNREADABLE, "reason"} else told


def _in_order(findings: Iterable[PolicyFinding]) -> list[PolicyFinding]:
    return sorted(findings, key=lambda finding: (finding.file, finding.line, finding.rule, finding.sentence))
