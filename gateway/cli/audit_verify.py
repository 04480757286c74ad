"""What `audit verify` does and tells."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from gateway.auditing.export import read_exported_lines
from gateway.errors import ConfigurationError
from gateway.ledger.checkpoints.note import VerifierKey
from gateway.ledger.verification.report import Break, VerifyReport
from gateway.ledger.verification.verify import Progress, verify
from gateway.shipping.formats import FORMATS, extract
from gateway.shipping.verify_export import verify_export


def verify_ledger(
    directory: Path, against: Sequence[str], trust: Sequence[str], jobs: int | None, progress: Progress
) -> VerifyReport:
    """Verify a ledger.

    Raises:
        ConfigurationError: a key is none, or something cannot be read at all.
    """
    try:
        pinned = [VerifierKey.parse(text) for text in trust]
        return verify(directory, against=against, pinned=pinned, jobs=jobs, progress=progress)
    except ValueError:
        raise ConfigurationError(["a checkpoint key is not written as name+id+key"]) from None
    except OSError as error:
        raise ConfigurationError([f"cannot be read: {error.filename or error}"]) from None


def verify_copy(path: Path, form: str | None) -> VerifyReport:
    """Verify a SIEM's copy, or our own Parquet export."""
    return verify_export(extract(read_exported_lines(path), FORMATS[form] if form else None))


def describe_report(report: VerifyReport) -> dict[str, Any]:
    """The report as JSON: `ok`, `records`, `break` (the first, or null), `breaks`, `findings`, and counts."""
    breaks = [_sentence(item) for item in report.breaks]
    return {
        "ok": report.ok,
        "records": report.records,
        "break": breaks[0] if breaks else None,
        "breaks": breaks,
        "findings": [asdict(item) for item in report.findings],
        "checkpoints": report.checkpoints,
        "unwitnessed_since": report.unwitnessed_since,
        "chains": {name: asdict(summary) for name, summary in report.chains.items()},
        "bytes": report.bytes,
        "seconds": round(report.seconds, 3),
    }


def _sentence(item: Break) -> str:
    line = "" if item.line is None else f":{item.line}"
    return f"{item.file}{line}: {item.reason}: {item.sentence}"
