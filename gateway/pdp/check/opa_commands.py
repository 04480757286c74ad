"""OPA's own judgement of a policy: types, layout, tests, coverage. A draft's tests run with nothing that looks outside."""

import json
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from importlib.resources import as_file, files
from itertools import takewhile
from pathlib import Path
from typing import Any

from gateway.pdp.check.failing_tests import find_shared_causes, tell_failing
from gateway.pdp.check.opa_words import find_unknown_field, place_plainly
from gateway.pdp.check.source import OPA_TIMEOUT_S, PolicyFinding
from gateway.pdp.check.subset import OUTSIDE
from gateway.pdp.check.unknown_fields import RULE
from gateway.pdp.opa.process import tell_no_opa

_LINE_ENDS = (
    "The lines of this file end as Windows ends them (CRLF): save it with the line ends of Unix (LF) in the editor."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpaJudgement:
    """What OPA says: everything to put right, how many tests passed, and how much of the rules they made true."""

    findings: tuple[PolicyFinding, ...]
    tests: tuple[str, ...]
    coverage_percent: float | None


def judge_text(directory: Path, opa_bin: Path) -> Iterator[PolicyFinding]:
    """What `opa check --strict` and `opa fmt` find in this policy folder, before anything of it is run."""
    opa = _Opa(directory, opa_bin)
    with _write_closed(opa) as closed:
        yield from _check_types(opa, closed)
    yield from _check_format(opa)


def run_by_opa(directory: Path, opa_bin: Path) -> OpaJudgement:
    """What `opa test --coverage` says of this policy folder."""
    opa = _Opa(directory, opa_bin)
    with _write_closed(opa) as closed:
        return _run_tests(opa, closed, directory)


class _Opa:
    """OPA's commands, run in one policy folder."""

    def __init__(self, directory: Path, opa_bin: Path) -> None:
        self._directory = directory
        self._opa_bin = opa_bin

    def run(self, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(  # noqa: S603 - the OPA that was asked for
            [str(self._opa_bin), *arguments],
            cwd=self._directory,
            capture_output=True,
            check=False,
            timeout=OPA_TIMEOUT_S,
        )

    def json(self, *arguments: str, capabilities: Path | None = None) -> Any:  # noqa: ANN401 - whatever OPA says, None if that is no JSON
        closed = () if capabilities is None else ("--capabilities", str(capabilities))
        done = self.run(*arguments, *closed, "--format", "json")
        try:
            return json.loads(done.stdout or done.stderr or b"null")
        except ValueError:
            return None

    def find_other_line(self, name: str, written: list[str]) -> int:
        """The first line of a file that is not so written."""
        pairs = zip(self.read_lines(name), written, strict=False)
        alike = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
        return alike + 1

    def read_lines(self, name: str) -> list[str]:
        """The lines of a file of the folder; none where there is no such file."""
        file = self._directory / name
        return file.read_text(encoding="utf-8", errors="replace").splitlines() if file.is_file() else []

    def has_windows_line_ends(self, name: str) -> bool:
        """Whether an editor ended its lines as Windows does."""
        return b"\r\n" in (self._directory / name).read_bytes()

    def closed_capabilities(self) -> dict[str, Any]:
        """What this OPA can do, without clock, network and chance.

        Raises:
            ConfigurationError: it is none.
        """
        try:
            capabilities: dict[str, Any] = json.loads(self.run("capabilities", "--current").stdout)
        except ValueError:
            raise tell_no_opa(self._opa_bin) from None
        inside = [known for known in capabilities["builtins"] if known["name"].split(".")[0] not in OUTSIDE]
        return {**capabilities, "builtins": inside, "allow_net": []}


@contextmanager
def _write_closed(opa: _Opa) -> Iterator[Path]:
    """A file that keeps what OPA runs from looking outside."""
    with tempfile.TemporaryDirectory(prefix="policy-check-") as folder:
        file = Path(folder) / "capabilities.json"
        file.write_text(json.dumps(opa.closed_capabilities()))
        yield file


def _check_types(opa: _Opa, closed: Path) -> Iterator[PolicyFinding]:
    with as_file(files("gateway.pdp") / "schemas" / "input.json") as schema:
        report = opa.json("check", "--strict", "--schema", str(schema), "--capabilities", str(closed), "lpr") or {}
    yield from _tell_errors(opa, report)


def _tell_errors(opa: _Opa, report: dict[str, Any]) -> Iterator[PolicyFinding]:
    """What `opa check` reports, each at its line."""
    for error in report.get("errors", []):
        place = error.get("location") or {}
        name, row = str(place.get("file", "")), int(place.get("row", 0))
        line, sentence = place_plainly(str(error.get("message")), row, opa.read_lines(name))
        yield _locate({"file": name, "row": line}, _name_rule(str(error.get("message"))), sentence)


def _find_unrunnable(opa: _Opa, closed: Path) -> tuple[PolicyFinding, ...]:
    """What keeps the tests from being run: of detectors' rules and tests nobody has judged the text before."""
    report = opa.json("check", "--capabilities", str(closed), ".")
    found = tuple(_tell_errors(opa, report)) if isinstance(report, dict) else ()
    return found or (
        PolicyFinding(file="", line=0, rule="opa-test", sentence="OPA cannot run the tests of this policy."),
    )


def _name_rule(message: str) -> str:
    """That of whoever tells a field that no input has without OPA: so it is told once."""
    return RULE if find_unknown_field(message) else "opa-check"


def _check_format(opa: _Opa) -> Iterator[PolicyFinding]:
    for name in opa.run("fmt", "--list", ".").stdout.decode().splitlines():
        if opa.has_windows_line_ends(name):
            yield _locate({"file": name, "row": 1}, "opa-fmt", _LINE_ENDS)
            continue
        written = opa.run("fmt", name).stdout.decode().splitlines()
        line = opa.find_other_line(name, written)
        wanted = written[line - 1].replace("\t", "<tab>") if line <= len(written) else "no more lines"
        sentence = f"This line is not laid out as `opa fmt` does it; there it is: {wanted or 'an empty line'}"
        yield _locate({"file": name, "row": line}, "opa-fmt", f"{sentence}. Or have `opa fmt --write {name}` do it.")


def _run_tests(opa: _Opa, closed: Path, directory: Path) -> OpaJudgement:
    tests = opa.json("test", ".", capabilities=closed)
    if not isinstance(tests, list) or not tests:
        return OpaJudgement(findings=_find_unrunnable(opa, closed), tests=(), coverage_percent=None)
    failing = [test for test in tests if test.get("fail") or test.get("error")]
    names = tuple(f"{test.get('package')}.{test.get('name')}" for test in tests if test not in failing)
    if failing:
        ask_opa = partial(opa.json, capabilities=closed)
        found = find_shared_causes(directory, ask_opa) or tell_failing(directory, failing, ask_opa)
        return OpaJudgement(findings=tuple(found), tests=names, coverage_percent=None)
    report = opa.json("test", ".", "--coverage", capabilities=closed)
    return OpaJudgement(findings=tuple(_gaps(report)), tests=names, coverage_percent=float(report.get("coverage", 0)))


def _gaps(report: dict[str, Any]) -> Iterator[PolicyFinding]:
    for name, coverage in report["files"].items():
        for gap in [] if name.endswith("_test.rego") else coverage.get("not_covered", []):
            sentence = "No test makes this line true: if it is the head of a rule, the rule was never true in any test."
            yield _locate({"file": name, "row": gap["start"]["row"]}, "coverage", sentence)


def _locate(location: dict[str, Any], rule: str, sentence: str) -> PolicyFinding:
    file = str(location.get("file", "")).removeprefix("./")
    return PolicyFinding(file=file, line=int(location.get("row", 0)), rule=rule, sentence=sentence)
