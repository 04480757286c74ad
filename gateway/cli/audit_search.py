"""`audit search` and `audit open`: records by what they are about, and what is sealed in them."""

from pathlib import Path
from typing import Any

import click
import orjson

from gateway.auditing.acts import name_subject
from gateway.auditing.roles import name_roles
from gateway.auditing.search import search as find
from gateway.auditing.unseal import Opened, cited_case, open_records
from gateway.auditing.verdicts import name_reasons, name_verdict
from gateway.cli.audit_options import (
    criteria,
    make_access,
    reading,
    refuse_unknown,
    with_criteria,
    with_keys,
    with_why,
)
from gateway.cli.auditor_key import read_key
from gateway.cli.given_once import GivenOnce
from gateway.cli.options import EXIT_NOT_SO, print_json, with_config, with_json
from gateway.cli.terminal import tell, tell_aligned
from gateway.settings import Settings

_LIMIT = 100
_REFUSALS = frozenset({"refusal", "refusals.counted"})
"""What nobody proven stands for: whence it came, and by which key, is all that there is to follow."""
_limit = click.option("--limit", type=click.IntRange(0), default=_LIMIT, help="The newest so many; 0 for all.")


@click.command("search", cls=GivenOnce)
@with_criteria
@_limit
@with_keys(": finds a plate in ended epochs too")
@with_why
@with_config
@with_json
def search(settings: Settings, why: str, limit: int, key: tuple[Path, ...], as_json: bool, **given: Any) -> None:  # noqa: ANN401
    """Records that answer to everything given, newest first. That you searched, and why, is recorded."""
    access = make_access(settings, why)
    wanted = criteria(settings, access, read_key(key), given)
    with reading(settings) as source:
        lines = list(find(source, wanted, access, limit or None))
        refuse_unknown(source, wanted, found=len(lines))
        _say_if_cut(len(lines), limit)
        records = [orjson.loads(line.raw) for line in lines]
        if as_json:
            print_json(records)
        else:
            tell_aligned([_row(record) for record in records])


@click.command("open", cls=GivenOnce)
@with_criteria
@_limit
@with_keys(required=True)
@with_why
@with_config
@with_json
def open_(settings: Settings, why: str, limit: int, key: tuple[Path, ...], as_json: bool, **given: Any) -> None:  # noqa: ANN401
    """Decrypt the sealed fields (plate, written reason, query) of the records chosen. Each opening is recorded.

    Without --event: of decisions, and of whatever else holds something sealed, as the reasons of approvals and reviews.
    """
    access, private_key = make_access(settings, why), read_key(key) or ""
    wanted = criteria(settings, access, private_key, given | {"openable": given["event_type"] is None or None})
    with reading(settings) as source:
        lines = list(find(source, wanted, access, limit or None))
        refuse_unknown(source, wanted, found=len(lines))
        _say_if_cut(len(lines), limit)
        opened = list(open_records(settings.audit.directory, lines, private_key, access))
        if as_json:
            print_json([item.record | {"opened": item.content, "problem": item.problem} for item in opened])
        else:
            tell_aligned([_format_opened(item) for item in opened])
    if opened and not any(item.content or item.problem for item in opened):
        tell("note: nothing is sealed in these records", err=True)
    if any(item.problem for item in opened):
        raise SystemExit(EXIT_NOT_SO)


def _say_if_cut(found: int, limit: int) -> None:
    if limit and found == limit:
        tell(f"warning: these are the newest {limit}; there may be more (--limit 0 gives all)", err=True)


def _row(record: dict[str, Any]) -> dict[str, Any]:
    return {
        "time": record["ts"],
        "event": record["event_type"],
        "verdict": name_verdict(record),
        "person": record.get("user_id") or record.get("reader") or record.get("operator"),
        "roles": name_roles(record),
        "case": record.get("case_number"),
        "purpose": record.get("purpose_code"),
        "reasons": name_reasons(record),
        "address": record.get("src_ip") if record["event_type"] in _REFUSALS else None,
        "key": record.get("key_id") if record["event_type"] in _REFUSALS else None,
        "reads": record.get("result_count"),
        "what": name_subject(record),
        "decision": record.get("decision_id"),
    }


def _format_opened(item: Opened) -> dict[str, Any]:
    return {
        "time": item.record["ts"],
        "event": item.record["event_type"],
        "person": item.record.get("user_id"),
        "roles": name_roles(item.record),
        "case": cited_case(item.record, item.content),
        "verdict": name_verdict(item.record),
        "plate": item.content.get("plate"),
        "state": item.record.get("plate_state"),
        "written reason": item.content.get("reason_text"),
        "problem": item.problem,
        "decision": item.record.get("decision_id"),
    }
