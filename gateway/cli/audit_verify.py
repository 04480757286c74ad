"""What `audit verify` does and tells."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from gateway.auditing.export_manifest import find_shortfalls
from gateway.auditing.exported_lines import PARQUET, ExportedLines
from gateway.errors import ConfigurationError
from gateway.ledger.checkpoints.checkpoint import note_files
from gateway.ledger.checkpoints.note import VerifierKey
from gateway.ledger.segments import holds_records
from gateway.ledger.slots import is_directory_held, is_worked_in
from gateway.ledger.verification.report import Break, FindingKind, Proof, VerifyReport
from gateway.ledger.verification.trust import NO_TRUST, Trust, read_trust, tell_no_key
from gateway.ledger.verification.verify import Progress, verify
from gateway.ledger.verification.witnessing import OverHttp
from gateway.shipping.export_places import place_report
from gateway.shipping.formats import FORMATS, extract
from gateway.shipping.verify_export import verify_export
from gateway.strict import UTF_16_MARKS
from gateway.value import replace

_NAMED = 10
_A_LINE_EACH = "let the SIEM export JSON with one event a line, not CSV, and not one document that holds them all"
_SAVE_AS_UTF_8 = "it is in UTF-16 (“Unicode”), as some shells write what they are given: save it as UTF-8"
_MARK_BYTES = 2
_OF_A_LEDGER = {
    "directory": "DIRECTORY",
    "against": "--against",
    "ca_file": "--ca-file",
    "trust": "--trust",
    "trust_file": "--trust-file",
    "copy": "--copy",
    "jobs": "--jobs",
}


def refuse_beside(context: click.Context, *, exported: bool) -> None:
    """Return where every option that was given means something: a verdict must not look as if it rested on more than it does.

    Raises:
        UsageError: one does not.
    """
    given = [words for name, words in _OF_A_LEDGER.items() if context.params[name]]
    if exported and given:
        raise click.UsageError(
            f"{' and '.join(given)}: no meaning with --from-export, for a SIEM's copy has neither checkpoints nor "
            "signatures, so nothing in it can be held against a key or a witness. Verify the ledger, or a copy of it that "
            "`audit export --copy` made: audit verify DIRECTORY --trust-file FILE"
        )
    if context.params["form"] and not exported:
        raise click.UsageError("--format: no meaning without --from-export, for a ledger has one form")


def trust_of(keys: Sequence[str], file: Path | None) -> Trust:
    """What is known from elsewhere: a trust file, and keys given one by one.

    Raises:
        ConfigurationError: a key is none, or the file has mistakes.
    """
    known = read_trust(file) if file else NO_TRUST
    return replace(known, keys=(*known.keys, *map(_read_key, keys)))


def _read_key(text: str) -> VerifierKey:
    try:
        return VerifierKey.parse(text)
    except ValueError:
        raise ConfigurationError([f"--trust: what is given {tell_no_key(text)}"]) from None


def choose_authorities(
    configured: Mapping[str, Path], against: Sequence[str], trust: Trust, ca_file: Path | None
) -> Mapping[str, Path]:
    """By place, the authorities to trust there: those given, or else those that the settings name for that witness."""
    if ca_file is None:
        return configured
    return dict.fromkeys([*against, *(one.place for one in trust.witnesses if one.place)], ca_file)


def require_ledger(directory: Path) -> None:
    """Refuse a folder without one, so that nothing is ever verified against nothing, and one in which reading would not end.

    Raises:
        ConfigurationError: it holds neither records nor checkpoints, or a pipe or device in the place of a file.
    """
    paths = sorted(directory.rglob("*"))
    linked = [path for path in paths if path.is_symlink() and path.is_dir()]
    paths += [path for folder in linked for path in sorted(folder.iterdir())]  # a ledger's folders are flat
    strange = [path for path in paths if path.exists() and not (path.is_file() or path.is_dir())]
    if strange:
        raise ConfigurationError(
            [
                f"{path} is neither a file nor a folder, and no part of a ledger; nothing was verified"
                for path in strange[:_NAMED]
            ]
        )
    if not holds_records(directory) and not note_files(directory):
        told = f"{directory} holds no ledger: neither records nor checkpoints; nothing was verified"
        raise ConfigurationError([told + _tell_instead(directory)])


def _require_kept(trust: Trust) -> None:
    """Refuse a trust file with a witness's file that is not there: as one that was asked it would be missed by nobody."""
    files = [one.place for one in trust.witnesses if one.place is not None and "://" not in one.place]
    missing = [file for file in files if not Path(file).exists()]
    if missing:
        told = "the trust file names as a witness's place"
        raise ConfigurationError(
            [f"{told} {file}, and there is no such file; nothing was verified" for file in missing]
        )


def _require_elsewhere(directory: Path, against: Sequence[str], trust: Trust) -> None:
    """Refuse a witness's place that lies in the ledger itself: whoever changed the ledger could have changed that with it."""
    places = [place for place in (*against, *(one.place for one in trust.witnesses if one.place)) if "://" not in place]
    own = [place for place in places if Path(place).resolve().is_relative_to(directory.resolve())]
    if own:
        told = "lies in this ledger itself and is no witness: give what is kept elsewhere; nothing was verified"
        raise ConfigurationError([f"{place} {told}" for place in own])


def verify_ledger(
    directory: Path,
    against: Sequence[str],
    trust: Trust,
    over_http: OverHttp,
    jobs: int | None,
    progress: Progress,
    *,
    own: bool,
    copy: bool = False,
) -> VerifyReport:
    """Verify a ledger. The gateway's `own`, or one that it worked in, must reach what witnesses hold; a copy may end before.

    `copy`: whoever asks says that it is one, though a gateway's lock files lie in it, as in one that `cp` made.

    Raises:
        ConfigurationError: there is no ledger, it is said to be a copy and a gateway is using it, or something cannot be read at all.
    """
    _require_kept(trust)
    _require_elsewhere(directory, against, trust)
    try:
        require_ledger(directory)
        if copy and is_directory_held(directory):
            raise ConfigurationError(
                [f"--copy: a gateway is using {directory} now, so it is no copy; nothing was verified"]
            )
        elsewhere: dict[str, Any] = {"against": against, "trust": trust, "over_http": over_http}
        return verify(
            directory, **elsewhere, copy=copy or not (own or is_worked_in(directory)), jobs=jobs, progress=progress
        )
    except ValueError as error:
        raise ConfigurationError([str(error)]) from None
    except OSError as error:
        raise ConfigurationError([f"{error.filename or directory} cannot be read: {error.strerror or error}"]) from None


def verify_copy(path: Path, form: str | None) -> VerifyReport:
    """Verify a SIEM's copy, or our own Parquet export.

    Raises:
        ConfigurationError: there is nothing in it, or nothing that is a record in any form we read.
    """
    if path.suffix == ".gz":
        raise ConfigurationError([f"{path} is packed; nothing was verified: unpack it first (gunzip)"])
    lines = ExportedLines(path)
    report = place_report(verify_export(extract(lines, FORMATS[form] if form else None)), lines.locate)
    is_export = path.is_dir() and not (path / "records.jsonl").is_file()  # which an evidence package has
    if is_export and (short := tuple(find_shortfalls(path, report.chains))):
        report = replace(report, breaks=(*report.breaks, *short), proof=Proof())
    if report.ok and not report.records:
        raise ConfigurationError([f"{path} holds no record; nothing was verified{_tell_instead(path)}"])
    if not report.records and not _is_parquet(path):
        meant = f" as {form}" if form else ""
        remedy = _SAVE_AS_UTF_8 if _is_utf_16(path) else _A_LINE_EACH
        raise ConfigurationError([f"no line of {path} can be read as a record{meant}; nothing was verified: {remedy}"])
    return report


def _is_utf_16(path: Path) -> bool:
    with path.open("rb") as text:
        return path.is_file() and text.read(_MARK_BYTES).startswith(UTF_16_MARKS)


def _is_parquet(path: Path) -> bool:
    return path.is_dir() or path.suffix == PARQUET


def _tell_instead(path: Path) -> str:
    """What is to be used in place of this, where it is something else that can be checked; "" where it is not."""
    if (path / "manifest.json").is_file() and (path / "records.jsonl").is_file():
        return f". It is an evidence package: audit check-package {path}"
    if any(path.glob("day=*/records.parquet")):
        return f". It is an export: audit verify --from-export {path}"
    return _tell_place_beside(path) if path.is_dir() else ""


def _tell_place_beside(folder: Path) -> str:
    """Of a folder of another kind than was said, or from which what was meant is a step away."""
    if holds_records(folder):
        return f". It is a ledger, or a copy of one: audit verify {folder}"
    if holds_records(folder.parent):
        return f". It is one chain of a ledger: audit verify {folder.parent}"
    within = next((place for place in (folder / "audit", folder / "state" / "audit") if holds_records(place)), None)
    if within is not None:
        return f". One lies in it: audit verify {within}"
    if folder.name.startswith("day="):
        return f". Name the folder of the whole export: {folder.parent}"
    files = [*folder.glob("*.jsonl")]
    return f". Of a SIEM's copy name the file: {min(files)}" if files else ""


def describe_report(report: VerifyReport) -> dict[str, Any]:
    """The report as JSON: `ok`, `records`, `not_proved`, `break` (the first, or null), `breaks`, `findings`, `proof`, and counts."""
    breaks = [_sentence(item) for item in report.breaks]
    return {
        "ok": report.ok,
        "records": report.records,
        "not_proved": _count_not_proved(report),
        "break": breaks[0] if breaks else None,
        "breaks": breaks,
        "findings": [asdict(item) for item in report.findings],
        "proof": asdict(report.proof),
        "checkpoints": report.checkpoints,
        "unwitnessed_since": report.unwitnessed_since,
        "chains": {name: asdict(summary) for name, summary in report.chains.items()},
        "bytes": report.bytes,
        "seconds": round(report.seconds, 3),
    }


def _count_not_proved(report: VerifyReport) -> int:
    """How many records somebody could have made up: all where nothing is signed, else those without a line of the ledger."""
    told = {item.kind: item.count for item in report.findings}
    return report.records if FindingKind.NOTHING_SIGNED in told else told.get(FindingKind.NOT_EMBEDDED, 0)


def _sentence(item: Break) -> str:
    return f"{tell_place(item.file, item.line)}: {item.reason}: {item.sentence}"


def tell_chains(document: Mapping[str, Any]) -> str:
    """How many chains there are, and which are counted as none: those that are gone, and those of which the first line is broken already."""
    chains = document["chains"]
    none = [] if document["ok"] else sorted(name for name, one in chains.items() if not one["records"])
    broken = [
        name for name in none if any(re.match(rf"{re.escape(name)}/\S+:\d+: ", one) for one in document["breaks"])
    ]
    gone = [name for name in none if name not in broken]
    told = [f"nothing is left of {', '.join(gone)}"] if gone else []
    told += [f"none of {', '.join(broken)} could be verified, for the break is at the beginning"] if broken else []
    return f"{len(chains) - len(none)} chains" + (f" ({'; '.join(told)})" if told else "")


def tell_place(file: str, line: int | None) -> str:
    """A file and a line in it, or a row where it has no lines."""
    if line is None:
        return file
    return f"{file} row {line}" if file.endswith(PARQUET) else f"{file}:{line}"
