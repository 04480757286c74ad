"""The page that explains an evidence package to somebody who has never seen the product."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from html import escape
from typing import Any

from gateway.auditing.access import Access
from gateway.auditing.reports.document import ReportTable, Section
from gateway.auditing.reports.page import POLICY, STYLE, section
from gateway.auditing.search import Criteria
from gateway.clock import format_instant
from gateway.reasons import REASON_TEXTS

_SENTENCES = {reason.value: telling.sentence for reason, telling in REASON_TEXTS.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What the page tells of."""

    records: Sequence[Mapping[str, Any]] = field(repr=False)
    opened: Mapping[str, Mapping[str, Any]] = field(repr=False)
    criteria: Criteria
    access: Access
    made_at: datetime
    others: int
    proved: int
    links: bool
    keys: tuple[str, ...]
    shortcomings: tuple[str, ...]


def readme(contents: Contents) -> str:
    """The HTML."""
    made = f"Made {format_instant(contents.made_at)} by {contents.access.reader}, because: {contents.access.why}"
    parts = [
        _HEAD,
        f"<p>{escape(_about(contents))}</p><p class=soft>{escape(made)}</p></header>",
        _shortcomings(contents),
        _prose(contents),
        section(Section(heading="The records", text=_RECORDS, table=_table(contents))),
        "</main></body></html>\n",
    ]
    return "\n".join(parts)


_HEAD = (
    '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
    f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
    f"<title>Evidence from the LPR audit record</title><style>{STYLE}</style></head>"
    "<body class=landscape><main><header><h1>Evidence from the LPR audit record</h1>"
)
_RECORDS = (
    "Oldest first, as they stand in records.jsonl. Times are UTC. A decision says what was asked and how it was judged, "
    "before anything was sent; the outcome says how it ended."
)


def _about(contents: Contents) -> str:
    criteria = contents.criteria
    subject = (
        f"person {criteria.person}"
        if criteria.person
        else f"case {criteria.case}"
        if criteria.case
        else "one license plate"
    )
    bounds = [
        f" {word} {format_instant(at)}" for word, at in (("from", criteria.since), ("until", criteria.until)) if at
    ]
    return f"{len(contents.records):,} records about {subject}{''.join(bounds)}."


def _shortcomings(contents: Contents) -> str:
    if not contents.shortcomings:
        return ""
    items = "".join(f"<li>{escape(sentence)}</li>" for sentence in contents.shortcomings)
    return f"<h2>What this package does not hold</h2><ul>{items}</ul>"


def _prose(contents: Contents) -> str:
    chapters = [
        ("What this is", _WHAT),
        ("How to check it", _HOW),
        ("What the check proves", _proves(contents)),
        ("Records of others", _others(contents)),
    ]
    told = "".join(f"<h2>{heading}</h2>{text}" for heading, text in chapters)
    return f"{told}<h2>What is in the folder</h2><dl class=files>{_files(contents)}</dl>"


_WHAT = (
    "<p>An agency searches license plate readings of commercial vendors through a gateway. The gateway judges every "
    "request by the agency's written policy, and writes a record of it before anything is sent and again before anything "
    "is answered. Each record holds the hash (a digital fingerprint) of the record before it, and every minute or so the "
    "gateway signs the newest one. So no record can be changed, removed or put in later without breaking the chain of "
    "fingerprints before the next signature.</p>"
)
_HOW = (
    "<p>You need a computer with Python 3.9 or later, nothing else, and no network. Open a terminal in this folder and "
    "type</p><pre>python3 verify.py</pre><p>It reads the files here, says in a sentence what it found at each step, and ends "
    "with <b>RESULT</b>. verify.py is a short program in plain text; have somebody you trust read it, or write your own: "
    "its first lines say what must hold.</p>"
)


def _proves(contents: Contents) -> str:
    keys = "".join(f"<li><code>{escape(key)}</code></li>" for key in contents.keys)
    proved = (
        f"<p>{contents.proved:,} of {len(contents.records):,} records lead to a signature.</p>"
        if contents.links
        else _BARE
    )
    return (
        f"{proved}<p>A good result means: these records are as they were when the next checkpoint was signed. It does not "
        "mean that there are no others, nor who holds the signing key. For that, ask the agency where it publishes its "
        "checkpoint keys and compare, then give the key to the program: <code>python3 verify.py --key "
        f"'…'</code>. The keys that came with this package:</p><ul>{keys}</ul>"
    )


_BARE = (
    "<p>This package was made without the records of others, so the records are not connected with a signature. The "
    "check only shows that each is in one piece. The agency can make a package with the links.</p>"
)


def _others(contents: Contents) -> str:
    if not contents.others:
        return "<p>There are none in this package.</p>"
    return (
        f"<p>The folder <code>ledger</code> holds {contents.others:,} records besides those asked for: the ones between "
        "each of these and the next signature. They are there because the chain can only be followed through whole "
        "records. They name other persons and cases; plates and written reasons in them are encrypted and cannot be read "
        "with anything in this package. Treat them as confidential, and do not pass them on where only the records asked "
        "for are needed.</p>"
    )


def _files(contents: Contents) -> str:
    listed = [
        ("records.jsonl", "the records asked for, one a line, exactly as they stand in the ledger"),
        ("opened.jsonl", "what was sealed in them (plate, written reason, query), opened with an auditor's key")
        if contents.opened
        else ("", ""),
        ("ledger/", "the runs of records that lead from these to a signature") if contents.links else ("", ""),
        ("checkpoints/", "the signed statements, as text"),
        ("keys/", "the public keys that check the signatures"),
        ("policies/", "the rules that decided, in full: for people to read, and their fingerprint is in each decision"),
        (
            "facts.json",
            "fingerprints of the data about people and cases that was used; the data itself stays with the agency",
        ),
        ("verify.py", "the program that checks all this"),
        ("manifest.json", "the fingerprint of every file"),
    ]
    return "".join(f"<dt><code>{name}</code></dt><dd>{text}</dd>" for name, text in listed if name)


def _table(contents: Contents) -> ReportTable:
    columns = "Time (UTC)|Event|Person|Case|Purpose|Verdict|Why|Reads|Plate|Written reason|Record".split("|")
    rows = tuple(_row(record, contents.opened.get(record["event_id"], {})) for record in contents.records)
    return ReportTable(name="records", caption="The records in short", columns=tuple(columns), rows=rows, empty="None.")


def _row(record: Mapping[str, Any], opened: Mapping[str, Any]) -> tuple[Any, ...]:
    codes = record.get("deny_reasons") or ([record["reason"]] if record.get("reason") else [])
    sealed = [opened.get(clear) or ("sealed" if name in record else None) for name, clear in _SEALED.items()]
    return (
        str(record["ts"])[:16].replace("T", " "),
        record["event_type"],
        " ".join(str(part) for part in (record.get("user_id"), record.get("user_name")) if part),
        record.get("case_number"),
        record.get("purpose_code"),
        record.get("decision") or record.get("outcome"),
        " ".join(_SENTENCES.get(code, code) for code in codes),
        record.get("result_count"),
        *sealed,
        f"{record['chain']['id']}/{record['chain']['seq']}",
    )


_SEALED = {"plate_sealed": "plate", "reason_sealed": "reason_text"}
