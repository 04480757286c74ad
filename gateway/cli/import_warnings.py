"""What `oversight import` warns of: what was taken of a vendor's export and yet says less than it should."""

from typing import Any

from gateway.cli.terminal import tell
from gateway.oversight.imports.zones import UNDERSTOOD

MOST_TOLD = 20
"""So many rows, or names, are told one by one."""


def warn_without_key(report: dict[str, Any], destroyed: frozenset[str], *, closed: frozenset[str]) -> None:
    """That plates are of before the keys at hand, and whether a key can still be had, of the `closed` epochs, or never more."""
    if not report["plates_without_key"]:
        return
    told = f"the plates of {report['plates_without_key']:,} rows cannot be compared with the record: they are of before {report['keys_from']}"
    why = []
    if destroyed:
        gone = "were destroyed, which is on record (epoch.shredded), so what is of those epochs stays not compared"
        why.append(f"the keys of {', '.join(sorted(destroyed))} {gone}")
    if closed or not destroyed:
        why.append("keys of ended epochs are not on this host; give an auditor's with --key")
    tell(f"warning: {told}, and {'; '.join(why)}", err=True)


def warn(report: dict[str, Any]) -> None:
    """Each thing that makes the import say less than it should."""
    _warn_whose(report)
    _warn_without_time(report)
    for column in report["not_understood"]:
        rows = name_rows(column["rows"], column["cells"])
        told = f"the cell below {column['column']} is not understood, which should be {column['expected']}"
        tell(f"warning: in {rows} {told}: the rows are held against the record without it", err=True)
    if lacking := sorted({"case", "expiry"} - {*report.get("entry_lines", ("case", "expiry"))}):
        lines = " and ".join(f"`{name.capitalize()}: …`" for name in lacking)
        told = f"no entry has a line {lines}, by which D19 tells an entry with a case and an end"
        tell(f"warning: {told}: every one counts as without. Other labels are not read", err=True)
    if report["unknown_labels"]:
        unknown = ", ".join(report["unknown_labels"])
        told = f"read by nothing, as the table oversight/exports names none of these columns for {report['vendor']}"
        tell(f"warning: {told}: {unknown}. Is it an export of this vendor?", err=True)


def _warn_whose(report: dict[str, Any]) -> None:
    """That no row of a shared audit is ours, or that some may be whose name is written otherwise."""
    names = [f"{name} ({rows:,} rows)" for name, rows in report["may_be_ours"].items()]
    near, more = ", ".join(names[:MOST_TOLD]), ", …" if len(names) > MOST_TOLD else ""
    remedy = "write it into `organizations` of oversight/agency and import the file again"
    if not report.get("rows_of_ours", True):
        told = "no row bears a name of this agency, so nothing of this file is held against the record"
        asked = (
            f"Is it one of these: {near}{more}? Then {remedy}" if near else f"If it is called otherwise here, {remedy}"
        )
        tell(f"warning: {told}. {asked}", err=True)
    elif near:
        tell(f"warning: not counted as ours, though they may be: {near}{more}. If one is, {remedy}", err=True)


def _warn_without_time(report: dict[str, Any]) -> None:
    if not report["without_time"]:
        return
    rows = name_rows(report["rows_without_time"], report["without_time"])
    told = "they cannot be held against the record, which reconcile will say"
    forms = f"11/27/2026, 03:01:09 PM or 2026-11-27 15:01:09, and behind it {UNDERSTOOD}"
    tell(f"warning: no time with its zone can be read in {rows}: {told}. Understood is {forms}", err=True)
    if report["hours_in_doubt"]:
        told = "are of an hour that their zone had twice or never, as daylight saving time ended or began"
        tell(f"warning: of these rows {report['hours_in_doubt']:,} {told}: ask the vendor for times in UTC", err=True)


def name_rows(places: list[dict[str, Any]], number: int) -> str:
    """The rows at these places, and how many more of the `number` there are."""
    more = number - len(places[:MOST_TOLD])
    return ", ".join(map(name_row, places[:MOST_TOLD])) + (f" and {more:,} more" if more else "")


def name_row(place: dict[str, Any]) -> str:
    """A row as a spreadsheet numbers it, with the sheet where the file has several."""
    return f"row {place['row']}{' of ' + place['sheet'] if place['sheet'] else ''}"
