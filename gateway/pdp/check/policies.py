"""Is this policy fit to decide? Everything that is asked of a policy before anybody may sign it."""

import json
import subprocess
from collections.abc import Iterator
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from gateway.errors import ConfigurationError
from gateway.pdp.bundle import load_policies
from gateway.pdp.check.conventions import convention_findings
from gateway.pdp.check.source import OPA_TIMEOUT_S, Finding, Source, parse_source
from gateway.pdp.check.subset import subset_findings
from gateway.pdp.embedded import EmbeddedEngine


def check_policies(directory: Path, opa_bin: Path) -> list[Finding]:
    """Everything to put right in a policy folder, by file and line; empty if the policy may be used.

    Asks the embedded engine to load it, reads every rule for what the engines judge differently and for how policies
    are written here, and has OPA check, format-check and test it with every line of `lpr` covered.
    """
    findings = [*_loads(directory), *_reads(directory), *_opa_findings(directory, opa_bin)]
    parsed = [parse_source(directory, path, opa_bin) for path in _rego_files(directory)]
    sources = [source for source in parsed if isinstance(source, Source)]
    findings += [finding for finding in parsed if isinstance(finding, Finding)]
    findings += [*subset_findings(sources), *convention_findings(sources)]
    return sorted(set(findings), key=lambda finding: (finding.file, finding.line, finding.rule, finding.sentence))


def _rego_files(directory: Path) -> list[str]:
    paths = (path for path in directory.rglob("*.rego") if not path.name.endswith("_test.rego"))
    return sorted(path.relative_to(directory).as_posix() for path in paths)


def _loads(directory: Path) -> Iterator[Finding]:
    try:
        EmbeddedEngine(load_policies(directory))
    except ConfigurationError as mistake:
        for problem in mistake.problems:
            yield Finding(file="", line=0, rule="load", sentence=problem)


def _reads(directory: Path) -> Iterator[Finding]:
    """Files that would silently not be part of the policy."""
    for path in sorted((directory / "tables").rglob("*")):
        if path.is_file() and path.name != "data.yaml":
            name = path.relative_to(directory).as_posix()
            yield Finding(file=name, line=0, rule="load", sentence="A table is a file `data.yaml`; this is not read.")


def _opa_findings(directory: Path, opa_bin: Path) -> Iterator[Finding]:
    with as_file(files("gateway.pdp") / "schemas" / "input.json") as schema:
        strict = _opa(opa_bin, directory, "check", "--strict", "--format", "json", "--schema", str(schema), "lpr")
    for error in _errors(strict):
        yield _located(error.get("location") or {}, "opa-check", str(error.get("message")))
    unformatted = _opa(opa_bin, directory, "fmt", "--list", ".")
    for name in unformatted.stdout.decode().split():
        yield Finding(file=name, line=0, rule="opa-fmt", sentence="The file is not laid out as `opa fmt` does it.")
    tests = _opa(opa_bin, directory, "test", "--format", "json", "--fail-on-empty", ".")
    failing = [test for test in _results(tests) if test.get("fail") or test.get("error")]
    for test in failing:
        yield _located(test.get("location") or {}, "opa-test", f"The test `{test.get('name')}` fails.")
    if tests.returncode and not failing:
        yield Finding(file="", line=0, rule="opa-test", sentence="OPA cannot run the tests of this policy.")
    elif not tests.returncode:
        yield from _uncovered(opa_bin, directory)


def _uncovered(opa_bin: Path, directory: Path) -> Iterator[Finding]:
    report = json.loads(_opa(opa_bin, directory, "test", "--coverage", "--format", "json", ".").stdout)
    for name, coverage in report["files"].items():
        if name.endswith("_test.rego"):
            continue
        for gap in coverage.get("not_covered", []):
            yield _located({"file": name, "row": gap["start"]["row"]}, "coverage", "No test makes this line true.")


def _opa(opa_bin: Path, directory: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(  # noqa: S603 - the OPA that was asked for
        [str(opa_bin), *arguments], cwd=directory, capture_output=True, check=False, timeout=OPA_TIMEOUT_S
    )


def _errors(done: subprocess.CompletedProcess[bytes]) -> list[dict[str, Any]]:
    if done.returncode == 0:
        return []
    try:
        errors: list[dict[str, Any]] = json.loads(done.stdout or done.stderr)["errors"]
    except (ValueError, KeyError, TypeError):
        return [{"message": "OPA refuses this policy."}]
    return errors


def _results(done: subprocess.CompletedProcess[bytes]) -> list[dict[str, Any]]:
    try:
        results: list[dict[str, Any]] | None = json.loads(done.stdout)
    except ValueError:
        return []
    return results if isinstance(results, list) else []


def _located(location: dict[str, Any], rule: str, sentence: str) -> Finding:
    return Finding(
        file=str(location.get("file", "")).removeprefix("./"),
        line=int(location.get("row", 0)),
        rule=rule,
        sentence=sentence,
    )
