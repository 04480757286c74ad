"""The public report as a page that anybody can read and print, made from its data alone."""

from datetime import datetime
from typing import Any

from gateway.auditing.gone import tell_beginning
from gateway.auditing.reports.charts import bars
from gateway.auditing.reports.document import Figure, Report, ReportTable, Section
from gateway.clock import parse_instant
from gateway.oversight.publication.document import digest_of_report
from gateway.oversight.publication.verification import period_of

PUBLIC_REPORT = "public-report"
"""What its files are called."""
_SHOWN = ("searches", "allowed", "denied", "findings", "reviews", "sample_reviews")


def public_page(report: dict[str, Any], agency: str, made_at: datetime) -> Report:
    """The report as `auditing.reports.page` shows one."""
    return Report(
        name=PUBLIC_REPORT,
        title=f"How {agency or 'this agency'} searches license plate reads",
        basis=(
            "Every search goes through a gateway that decides by published rules and keeps a record that cannot be changed "
            f"unseen. Numbers from 1 to {report['least'] - 1} are not shown, nor others from which they could be computed."
            f"{_beginning(report)}"
        ),
        period=period_of(report),
        figures=tuple(_figure(report, name) for name in _SHOWN),
        sections=(
            *_tables(report),
            _alone(report),
            _vendor(report),
            _rules(report),
            _policies(report),
            _detectors(report),
            _check(report),
        ),
        made_at=made_at,
    )


def _beginning(report: dict[str, Any]) -> str:
    begins = parse_instant(report.get("record_begins", ""))
    return "" if begins is None else f" {tell_beginning(begins)} What was searched before stands in no number here."


def _text(number: int | None, least: int) -> str:
    return f"not shown (below {least}, or would show one)" if number is None else f"{number:,}"


def _figure(report: dict[str, Any], name: str) -> Figure:
    item = report["totals"][name]
    if item["number"] is None:
        return Figure(label=item["title"], value="not shown", note=f"below {report['least']}, or would show one")
    return Figure(label=item["title"], value=f"{item['number']:,}")


def _tables(report: dict[str, Any]) -> list[Section]:
    sections = []
    for name, table in report["tables"].items():
        rows = [(str(label), number) for label, number in table["rows"] or ()]
        shown = sorted(((label, number) for label, number in rows if number is not None), key=lambda row: -row[1])
        sections.append(
            Section(
                heading=table["title"],
                text=_said_of(table["rows"], shown),
                chart=bars(table["title"], shown[:12], "mark") if shown else None,
                table=ReportTable(
                    name=name.replace("_", "-"),
                    caption=table["title"],
                    columns=("Which", "Number"),
                    rows=tuple((label, _text(number, report["least"])) for label, number in rows),
                    empty="Nothing that can be shown." if table["rows"] is None else "None in this period.",
                ),
            )
        )
    return sections


def _said_of(rows: list[Any] | None, shown: list[tuple[str, int]]) -> str:
    if rows is None or (rows and not shown):
        return "Too few to be shown without showing persons."
    return "Bars show the numbers that may be shown." if rows else "Counted, and there was none."


def _alone(report: dict[str, Any]) -> Section:
    rows = tuple((item["title"], _text(item["number"], report["least"])) for item in report["totals"].values())
    return Section(
        heading="All totals",
        text="Counted from the record up to the checkpoint named below.",
        table=ReportTable(name="totals", caption="Totals", columns=("What", "Number"), rows=rows),
    )


def _vendor(report: dict[str, Any]) -> Section:
    rows = tuple(
        (name.replace("_", " "), _text(number, report["least"])) for name, number in report["reconciliation"].items()
    )
    rate = report["reconciliation_rate"]
    told = "" if rate is None else f" {rate:g} per cent of its searches of ours came through the gateway unchanged."
    return Section(
        heading="The vendor's own record, held against ours",
        text=f"The vendor keeps its own list of searches. Around: a search in it that did not come through the gateway.{told}",
        table=ReportTable(
            name="reconciliation", caption="Reconciliation of this period", columns=("Class", "Searches"), rows=rows,
            empty="No reconciliation of exactly this period with an export of the vendor was made before it was published.",
        ),
    )  # fmt: skip


def _rules(report: dict[str, Any]) -> Section:
    in_force = report["rules_in_force"]
    rows = tuple((rule["says"], rule["code"], rule["sha256"][:16]) for rule in in_force["refused_where"])
    return Section(
        heading="The rules in force",
        text=(
            "A search is refused wherever one of these is so, and allowed only where none is. The words and digests are of the "
            f"policy in force when this report was made: {(in_force['revision'] or 'none, all searches are stopped')[:30]}."
        ),
        table=ReportTable(
            name="rules", caption="Why a search is refused", columns=("In words", "Reason", "Digest"), rows=rows,
            empty="No rule is in force, and every search is refused.",
        ),
    )  # fmt: skip


def _policies(report: dict[str, Any]) -> Section:
    return Section(
        heading="The policies of the period",
        text="Every policy that decided a search in the period, by the digest of all its rules and tables.",
        table=ReportTable(
            name="policies", caption="Policies", columns=("SHA-256",), rows=tuple((item,) for item in report["rules"]),
            empty="No policy decided in this period.",
        ),
    )  # fmt: skip


def _detectors(report: dict[str, Any]) -> Section:
    rows = tuple((item["id"], item["title"], item["digest"][:16]) for item in report["detectors"])
    return Section(
        heading="What is looked for",
        text="Patterns that are looked for in every search, and the digest of each rule.",
        table=ReportTable(
            name="detectors", caption="Detectors", columns=("Number", "What it looks for", "Digest"), rows=rows
        ),
    )


def _check(report: dict[str, Any]) -> Section:
    checkpoint = report["checkpoint"]
    rows = (
        ("Data (SHA-256 of its RFC 8785 form)", digest_of_report(report)),
        ("Installation", report["origin"]),
        (f"Checkpoint {checkpoint['number']}", checkpoint["digest"]),
    )
    return Section(
        heading="How to check this report",
        text=(
            "public-report.note signs the data; with the agency's public key anybody can check it, and two reports against each "
            "other. An inspector with the record confirms every figure: lpr-gateway oversight verify-report."
        ),
        table=ReportTable(name="check", caption="What is signed", columns=("What", "Digest"), rows=rows),
    )
