"""Every number there is: its name, what it says, its labels, and how those of several workers become one.

Imports the library, which chooses its mode when imported: so only `Metrics` imports this, and only after `share`.
"""

from dataclasses import dataclass
from functools import partial
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

_BUCKETS_S = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Instruments:
    """The counters, histograms and gauges of one process."""

    decisions: Counter
    durations: Histogram
    edge: Counter
    failures: Counter
    unread: Counter
    commit: Histogram
    alarms: Counter
    notify: Counter
    findings: Counter
    lag_s: Gauge
    lag_n: Gauge
    in_flight: Gauge
    vendor_s: Histogram
    vendor_up: Gauge
    facts_age: Gauge
    policy_age: Gauge
    policy: Gauge
    shadow: Counter
    check: Gauge
    began: Gauge


def make_instruments(registry: CollectorRegistry) -> Instruments:
    """All of them, in this registry."""
    return Instruments(**_make_counters(registry), **_make_histograms(registry), **_make_gauges(registry))


def _make_counters(registry: CollectorRegistry) -> dict[str, Any]:
    count = partial(Counter, registry=registry)
    return {
        "decisions": count(
            "lpr_decisions",
            "Requests by how they ended: operation, verdict, and the first true reason, none for an allow.",
            ["operation", "verdict", "reason"],
        ),
        "edge": count(
            "lpr_edge_refusals", "Requests refused before a person was known, by the first true reason.", ["reason"]
        ),
        "failures": count(
            "lpr_failures",
            "Requests that failed by no fault of their own: the reason, and the vendor they were for.",
            ["reason", "vendor"],
        ),
        "shadow": count(
            "lpr_shadow_decisions",
            "Decisions held up to the candidate policy beside: same, differs, failed, dropped.",
            ["outcome"],
        ),
        "unread": count(
            "lpr_unreadable_reads",
            "Reads of a vendor's that were left out of an answer because their time or plate cannot be read.",
            ["vendor"],
        ),
        "findings": count(
            "lpr_shipping_findings",
            "Findings while records were shipped to a SIEM; one may be of many records (export.gap says from which to which).",
            ["sink", "found"],
        ),
        "alarms": count("lpr_audit_alarms", "Alarms raised; each is told in the log with what it means.", ["alarm"]),
        "notify": count(
            "lpr_notify_failures",
            "What went wrong at [audit] notify_url: tries that it did not take, which are repeated, and alarms lost.",
            ["what"],
        ),
    }


def _make_histograms(registry: CollectorRegistry) -> dict[str, Any]:
    observe = partial(Histogram, registry=registry, buckets=_BUCKETS_S)
    return {
        "durations": observe(
            "lpr_request_seconds", "How long whole requests took, from their arrival to their answer.", ["verdict"]
        ),
        "commit": observe(
            "lpr_ledger_commit_seconds", "How long a record took until it was on disk, waiting included."
        ),
        "vendor_s": observe(
            "lpr_vendor_seconds", "How long calls to a vendor took, those that failed included.", ["vendor"]
        ),
    }


def _make_gauges(registry: CollectorRegistry) -> dict[str, Any]:
    gauge = partial(Gauge, registry=registry)
    newest = partial(gauge, multiprocess_mode="livemostrecent")
    lowest = partial(gauge, multiprocess_mode="livemin")
    return {
        "lag_s": newest("lpr_shipping_lag_seconds", "Age of the oldest record that a sink lacks.", ["sink"]),
        "lag_n": newest("lpr_shipping_lag_records", "Records that a sink lacks.", ["sink"]),
        "in_flight": gauge("lpr_requests_in_flight", "Requests being served now.", multiprocess_mode="livesum"),
        "vendor_up": newest(
            "lpr_vendor_up",
            "1 where the last call to a vendor brought an answer that could be used, else 0.",
            ["vendor"],
        ),
        "facts_age": newest("lpr_facts_age_seconds", "Age of the facts in force, by the source's own time."),
        "policy_age": newest("lpr_policy_age_seconds", "Seconds since the policy that decides was last reviewed."),
        "policy": newest(
            "lpr_policy_in_force",
            "1 for the policy that decides, none where everything is stopped; 0 for those before.",
            ["revision"],
        ),
        "began": newest("lpr_start_time_seconds", "When the gateway was started, in seconds since 1970."),
        "check": lowest("lpr_check_ok", "1 where a check of readiness finds all well, else 0.", ["check"]),
    }
