"""`oversight report | publish | verify-report`: what laws ask for, and what the public can check."""

import contextlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import click
import orjson

from gateway import clock
from gateway.app.audit import open_command_runtime
from gateway.app.oversight import agency_values, oversight_folder
from gateway.app.policy_in_force import find_taken_up
from gateway.app.state import secrets_folder
from gateway.auditing import reports
from gateway.auditing.gone import find_beginning, tell_beginning, tell_gone
from gateway.auditing.reports.document import Period
from gateway.auditing.source import LedgerTable, open_source
from gateway.cli.audit_options import make_access, note_several, reading, with_period, with_why
from gateway.cli.audit_verify import require_ledger
from gateway.cli.given_once import GivenOnce
from gateway.cli.instants import A_TIME, Instant
from gateway.cli.operator import operator
from gateway.cli.options import EXIT_NOT_SO, GivenFile, GivenFolder, print_json, with_config, with_json
from gateway.cli.terminal import tell
from gateway.durable import RealDisk
from gateway.errors import ConfigurationError
from gateway.ledger.checkpoints.checkpoint import (
    Checkpoint,
    digest,
    latest,
    note_files,
    parse_checkpoint,
    read_stored_notes,
)
from gateway.ledger.checkpoints.keys import CheckpointKeys, read_published_keys
from gateway.ledger.checkpoints.note import VerifierKey, parse
from gateway.ledger.records.event import admin_record
from gateway.lifecycle.explain import list_rules
from gateway.oversight.detectors.catalog import read_detectors
from gateway.oversight.publication import document, figures, verification
from gateway.oversight.publication.page import PUBLIC_REPORT, public_page
from gateway.oversight.reports import law_report, read_law, write_json
from gateway.settings import Settings
from gateway.value import replace

_LEFT_OUT = {
    "signature": "who published it, and whether it was changed since: give --trust with the agency's published key",
    "ledger": "whether the figures are true: whoever has the record, or a copy, gives --ledger",
}
"""What a good verdict would be taken for, where nobody asked for it."""
_OTHERS_SIGNATURE = "signature of the other report"
_WHOSE_OTHER = "who published the other report, and whether it was changed since: give --trust"
_out = click.Path(path_type=Path)
_NOT_RECONCILED = (
    "note: nothing is published of the vendor's own record, for no reconciliation of exactly this period was made after its end "
    "and before it was first published; for this period it is too late now. Before another is published: lpr-gateway oversight "
    "reconcile --since START --until END, with its own bounds"
)
_AGAIN = (
    "note: this period was published before, on {before}: both are on record. Its numbers are the same, unless the least number shown, or this version, was "
    "changed; publish this one in the place of the other, so that no two are about"
)
_COULD_BE = (
    "nothing was published: an export of the vendor tells of this period, and it was not reconciled with exactly these bounds, which "
    "it cannot be once the period is published. First: lpr-gateway oversight reconcile --since {since} --until {until}; or publish "
    "nothing of the vendor's own record, by --unreconciled"
)


@click.command("report", cls=GivenOnce)
@click.argument("law")
@click.option(
    "--out", type=_out, required=True, help="A folder for the page (HTML), its tables (CSV) and the data (JSON)."
)
@with_period
@with_why
@with_config
@with_json
def report(
    law: str, out: Path, since: datetime | None, until: datetime | None, why: str, settings: Settings, as_json: bool
) -> None:
    """Make a report that a law asks for (policies/oversight/laws), of its own interval up to now; all others are `audit report`'s."""
    entry = read_law(oversight_folder(settings), law)
    reports.refuse_second(entry.name, out)
    until = until or clock.now()
    period = Period(since=since or until - timedelta(days=entry.days), until=until)
    with reading(settings, indexed=False, judged=True) as source:
        made = law_report(source, make_access(settings, why), entry, period=period, made_at=clock.now())
        made = replace(made, lacking=tuple(source.problems))
        files = [*reports.write_report(made, reports.page(made), out), write_json(made, out)]
        _tell({"files": [str(file) for file in files]}, as_json=as_json)


@click.command("publish", cls=GivenOnce)
@click.option("--since", type=Instant(), required=True, help=f"The period begins here: {A_TIME}.")
@click.option("--until", type=Instant(), required=True, help="It ends before this, written the same way.")
@click.option("--out", type=_out, required=True, help="A folder for page, data, signature and schema.")
@click.option("--agency", default="", help="How the page calls the agency.")
@click.option("--unreconciled", is_flag=True, help="Even where an imported export was not reconciled for this period.")
@with_config
@with_json
def publish(
    since: datetime, until: datetime, out: Path, agency: str, unreconciled: bool, settings: Settings, as_json: bool
) -> None:
    """Make the public transparency report of a period: small numbers hidden, bound to a signed checkpoint.

    Hold the vendor's own record against ours first, by `oversight import` and `oversight reconcile` with the same bounds: once
    the period is published it is too late for that. No overlapping period can be published afterwards.
    """
    least = agency_values(settings)["publish_least"]
    if since >= until:
        raise ConfigurationError(["the period ends before it begins, or is empty: --until is not included"])
    if until > clock.now():
        raise ConfigurationError(["a report is published of a period that is over"])
    reports.refuse_second(PUBLIC_REPORT, out)
    period = Period(since=since, until=until)
    with contextlib.closing(open_command_runtime(settings)) as runtime:
        runtime.checkpointer.write()
        checkpoint, of_note = latest(settings.audit.directory) or (None, "")
        if checkpoint is None:
            raise ConfigurationError(["there is no checkpoint to bind the report to"])
        with open_source(settings.audit.directory) as source:
            _refuse_damaged(source)
            _refuse_overlap(source, period)
            _refuse_gone(source, period)
            detectors, rules = read_detectors(oversight_folder(settings)), _rules_in_force(settings)
            made = document.make_report(
                source, period, checkpoint, of_note, detectors=detectors, rules=rules, least=least
            )
            before = figures.find_published(source, period)
            if not made["reconciliation"]:
                _tell_unreconciled(source, period, unreconciled=unreconciled)
        told = {"period": made["period"], "sha256": document.digest_of_report(made), "checkpoint": checkpoint.number}
        runtime.ledger.record(admin_record("report.published", operator=operator(), oversight=told))
    _write(made, out, agency, settings)
    note_several(settings)
    if before is not None:
        tell(_AGAIN.format(before=clock.format_instant(before)), err=True)
    _tell({"out": str(out), **told}, as_json=as_json)


def _tell_unreconciled(source: LedgerTable, period: Period, *, unreconciled: bool) -> None:
    """What is published cannot be taken back, so what could still be done is told before."""
    could_be = figures.is_imported(source, period) and figures.find_published(source, period) is None
    if could_be and not unreconciled:
        bounds = {"since": clock.format_instant(period.since), "until": clock.format_instant(period.until)}
        raise ConfigurationError([_COULD_BE.format(**bounds)])
    tell(_NOT_RECONCILED, err=True)


@click.command("verify-report", cls=GivenOnce)
@click.argument("file", type=GivenFile(dir_okay=True))
@click.option(
    "--trust", multiple=True, metavar="KEY", help="The agency's public key (name+id+key), known from elsewhere."
)
@click.option("--against", type=GivenFile(), help="The data of another report: whether the two contradict each other.")
@click.option("--ledger", type=GivenFolder(), help="A ledger, or a copy of one.")
@with_json
def verify_report(file: Path, trust: tuple[str, ...], against: Path | None, ledger: Path | None, as_json: bool) -> None:
    """Check a public report: form, signature, every figure against a ledger (--ledger), another report (--against)."""
    if ledger is not None:
        require_ledger(ledger)
    made = _load(file)
    problems = verification.check_form(made)
    checked = ["form"]
    if not problems:
        problems += verification.check_sums(made)
        keys = _keys(trust, ledger)
        if keys:
            problems += verification.check_signature(made, _note_of(file), keys)
            checked.append("signature")
        if ledger is not None:
            with open_source(ledger) as source:
                problems += verification.check_against_ledger(made, source, _checkpoint(ledger, made))
                problems += source.problems
            checked.append("ledger")
        if against is not None:
            strange = _check_other(against, keys)
            problems += strange or verification.check_against_other(made, _load(against))
            checked += [] if strange else ["other report"]
            checked += [_OTHERS_SIGNATURE] if keys else []
    open_ = [told for name, told in _LEFT_OUT.items() if name not in checked]
    open_ += [_WHOSE_OTHER] if against is not None and _OTHERS_SIGNATURE not in checked else []
    _tell({"ok": not problems, "checked": checked, "not_checked": open_, "problems": problems}, as_json=as_json)
    if problems:
        raise SystemExit(EXIT_NOT_SO)


def _check_other(file: Path, keys: Sequence[VerifierKey]) -> list[str]:
    """What is wrong with the other report by itself: what nobody vouches for contradicts nothing."""
    other = _load(file)
    told = verification.check_form(other)
    if keys and not told:
        told = verification.check_signature(other, _note_of(file), keys)
    return [f"{file}: {problem}" for problem in told]


def _note_of(file: Path) -> str:
    """The signed note beside a report; "" where there is none."""
    note = file.with_suffix(".note")
    return note.read_text(encoding="utf-8", errors="replace") if note.is_file() else ""


def _rules_in_force(settings: Settings) -> dict[str, Any]:
    """The policy in force: its digest, and its reasons to refuse in the words and with the digests of the rules."""
    bundle = find_taken_up(settings, clock.now()).bundle
    rules = [] if bundle is None else [rule for rule in list_rules(bundle) if rule.code is not None]
    told = [{"code": rule.code, "says": rule.title, "sha256": sha256(rule.text.encode()).hexdigest()} for rule in rules]
    told.sort(key=lambda rule: (str(rule["code"]), str(rule["sha256"])))
    return {"revision": None if bundle is None else bundle.revision, "refused_where": told}


def _refuse_damaged(source: LedgerTable) -> None:
    """What is published cannot be taken back, and is checked by anybody against a record that must give the same."""
    if source.problems:
        raise ConfigurationError([*source.problems, "Nothing is published of a record that does not check out."])


def _refuse_overlap(source: LedgerTable, period: Period) -> None:
    """Two overlapping periods would show by their difference what each hides; the same period may be published again."""
    for (text,) in source.ask("SELECT oversight FROM records WHERE event_type = 'report.published'"):
        given = orjson.loads(text)["period"]
        since, until = clock.parse_instant(given["since"]), clock.parse_instant(given["until"])
        if since is None or until is None or (since, until) == (period.since, period.until):
            continue
        if since < period.until and period.since < until:
            raise ConfigurationError(
                [
                    f"a report of {given['since']} to {given['until']} was published: overlapping periods would show what both hide"
                ]
            )


def _refuse_gone(source: LedgerTable, period: Period) -> None:
    """Numbers of what is left would be published as numbers of all, and a report of the same time may be forgotten."""
    gone = tell_gone(source, period.since, period.until)
    if gone:
        raise ConfigurationError([f"{gone} Nothing is published of a period that is not whole."])
    begins = find_beginning(source, period.since)
    if begins is None:
        return
    told = tell_beginning(begins)
    if begins >= period.until:
        raise ConfigurationError([f"{told} Of a period before that there is nothing to publish."])
    tell(f"note: {told} The report says so: what was searched before stands in none of its numbers.", err=True)


def _write(made: dict[str, Any], out: Path, agency: str, settings: Settings) -> None:
    page = public_page(made, agency, clock.now())
    reports.write_report(page, reports.page(page), out)
    (out / "public-report.json").write_bytes(orjson.dumps(made, option=orjson.OPT_INDENT_2))
    (out / "public-report.schema.json").write_bytes(orjson.dumps(verification.schema(), option=orjson.OPT_INDENT_2))
    held = CheckpointKeys(settings.audit.directory, secrets_folder(settings), disk=RealDisk()).list_held()
    note = document.sign_report(made, [item.key for item in held])
    (out / "public-report.note").write_text(note, encoding="utf-8")
    keys = "".join(f"{item.key.verifier}\n" for item in held)
    (out / "public-report.vkey").write_text(keys, encoding="utf-8")


def _load(file: Path) -> Any:  # noqa: ANN401 - any JSON value
    if file.is_dir():
        raise ConfigurationError([f"{file} is a folder: name the data of the report, {file / 'public-report.json'}"])
    try:
        return orjson.loads(file.read_bytes())
    except (OSError, orjson.JSONDecodeError):
        raise ConfigurationError([f"{file} is no JSON that can be read"]) from None


def _keys(trust: tuple[str, ...], ledger: Path | None) -> list[VerifierKey]:
    try:
        given = [VerifierKey.parse(text) for text in trust]
    except ValueError:
        raise ConfigurationError(
            [
                "--trust takes a verifier key, name+id+key: a line of the published public-report.vkey, known from elsewhere"
            ]
        ) from None
    return given or ([] if ledger is None else read_published_keys(ledger))


def _checkpoint(ledger: Path, made: dict[str, Any]) -> Checkpoint | None:
    for path in note_files(ledger):
        for stored in read_stored_notes(path):
            if stored.whole is not None and digest(stored.whole) == made["checkpoint"]["digest"]:
                return parse_checkpoint(parse(stored.whole).text)
    return None


def _tell(told: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(told)
        return
    for name, value in told.items():
        for item in value if isinstance(value, list) else [value]:
            shown = ", ".join(f"{one} {word}" for one, word in item.items()) if isinstance(item, dict) else item
            tell(f"{name}: {shown}")
