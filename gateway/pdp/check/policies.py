"""Everything that is asked of a policy before anybody may sign it, in one list."""

from collections.abc import Iterator
from pathlib import Path

from gateway.errors import ConfigurationError
from gateway.pdp.bundle import load_policies
from gateway.pdp.check.conventions import convention_findings
from gateway.pdp.check.opa_commands import opa_findings
from gateway.pdp.check.source import PolicyFinding, RegoSource, parse_source
from gateway.pdp.check.subset import subset_findings
from gateway.pdp.embedded import EmbeddedEngine


def check_policies(directory: Path, opa_bin: Path) -> list[PolicyFinding]:
    """Everything to put right in a policy folder, by file and line; empty if the policy may be used.

    Asks the embedded engine to load it, reads every rule for what the engines judge differently and for how policies
    are written here, and has OPA check, format-check and test it with every line covered.
    """
    paths = (path for path in directory.rglob("*.rego") if not path.name.endswith("_test.rego"))
    parsed = [parse_source(directory, path.relative_to(directory).as_posix(), opa_bin) for path in sorted(paths)]
    sources = [source for source in parsed if isinstance(source, RegoSource)]
    findings = {
        *(finding for finding in parsed if isinstance(finding, PolicyFinding)),
        *_try_loading(directory),
        *_unread(directory),
        *subset_findings(sources),
        *convention_findings(sources),
        *opa_findings(directory, opa_bin),
    }
    return sorted(findings, key=lambda finding: (finding.file, finding.line, finding.rule, finding.sentence))


def _try_loading(directory: Path) -> Iterator[PolicyFinding]:
    try:
        EmbeddedEngine(load_policies(directory))
    except ConfigurationError as mistake:
        for problem in mistake.problems:
            yield PolicyFinding(file="", line=0, rule="load", sentence=problem)


def _unread(directory: Path) -> Iterator[PolicyFinding]:
    """Files that would silently be no part of the policy."""
    for path in (directory / "tables").rglob("*"):
        if path.is_file() and path.name != "data.yaml":
            name = path.relative_to(directory).as_posix()
            yield PolicyFinding(
                file=name, line=0, rule="load", sentence="A table is a file `data.yaml`; this is not read."
            )
