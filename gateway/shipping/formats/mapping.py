"""Where each field of a record goes in each format: the one table, from which the formats write and the docs are tested.

A field without a path in OCSF or ECS goes under its own name below `unmapped` and `lpr`; without a CEF key it is in the
embedded record, or where there is none among the fields that CEF names in one key of ours. So no format loses any. Values
that need more than copying (times, severities, lists of objects) are each format's.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

BULKY = frozenset({"input", "decision_document", "plate_sealed", "reason_sealed", "query_sealed", "wrapped_key"})
"""Long texts, and texts only an auditor's key opens: they are in the embedded record and nowhere beside it."""


@dataclass(frozen=True, slots=True)
class Row:
    """One field: dotted paths for OCSF and ECS, a key (and the label of custom ones) for CEF."""

    field: str
    ocsf: str | None = None
    ecs: str | None = None
    cef: str | None = None
    label: str | None = None


_STATUS, _SOURCE = "status", "src_ip"
TABLE = (
    Row("event_id", "metadata.original_event_uid", "event.id", "externalId"),
    Row("ts", "metadata.original_time", "@timestamp"),
    Row("installation", "metadata.product.uid", "observer.name", "deviceExternalId"),
    Row("event_type", "metadata.event_code", "event.code"),
    Row("schema", "metadata.log_version"),
    Row("decision", None, None, "act"),
    Row("outcome", None, None, "outcome"),
    Row("decision_id", "metadata.correlation_uid", None, "flexString1", "decision id"),
    Row("request_id", "api.request.uid", "http.request.id", "flexString2", "request id"),
    Row("user_id", "actor.user.uid", "user.id", "suid"),
    Row("operator", "actor.user.uid", "user.id", "suid"),
    Row("reader", "actor.user.uid", "user.id", "suid"),
    Row("user_name", "actor.user.full_name", "user.full_name", "suser"),
    Row("org", "actor.user.org.name", "organization.name"),
    Row("office", "actor.user.org.ou_name", "user.group.name"),
    Row("roles", None, "user.roles", "spriv"),
    Row("on_behalf_of", "actor.app_uid", None, "sourceServiceName"),
    Row("operation", "api.operation", "event.action", "cat"),
    Row("mount", "api.service.uid"),
    Row("vendor_profile", "api.service.name", None, "app"),
    Row("vendor_host", "dst_endpoint.hostname", "destination.domain", "dhost"),
    Row(_SOURCE, "src_endpoint.ip", "source.ip", "src"),
    Row("purpose_code", None, None, "cs1", "purpose"),
    Row("case_number", None, None, "cs2", "case"),
    Row("policy_revision", "policy.version", "rule.version", "cs3", "policy revision"),
    Row("rule_ids", None, "rule.id"),
    Row(_STATUS, "http_response.code", "http.response.status_code", "cn3", "HTTP status"),
    Row("result_count", None, None, "cn2", "result count"),
    Row("bytes_in", "http_request.length", "http.request.bytes", "in"),
    Row("bytes_out", "http_response.length", "http.response.bytes", "out"),
    Row("duration_ms", "duration"),
    Row("why", "comment", "event.reason"),
    Row("finding_id", "finding_info.uid", None, "lprGatewayFindingId"),
)
_ACTING = ("operator", "reader", "user_id")
"""Who acted is the first of these that a record names."""
CONCERNED = Row("user_id", "entity.user.uid", "user.target.id", "duid")
"""Where somebody else acted, as an operator who issues a key, the person is who it was done to."""

SEVERAL = Row(_SOURCE, "src_endpoint.name", "source.address")
"""Where refusals of several callers are counted, the source is no address (an IPv6 /64, or `*`), and no format's address either."""


def is_address(value: object) -> bool:
    """Whether a source is one address, as OCSF, ECS and CEF want it in the fields of that type."""
    try:
        return "%" not in str(ip_address(str(value)))
    except ValueError:
        return False


def rows(fields: Mapping[str, Any]) -> Iterator[Row]:
    """The rows of the fields that this record has, as they apply to it; a second who acted has none, nor any place."""
    acting = next((name for name in _ACTING if fields.get(name)), CONCERNED.field)
    for row in TABLE:
        if fields.get(row.field) is None or not _fits(row, fields[row.field]):
            continue
        if row.field == _SOURCE and not is_address(fields[_SOURCE]):
            yield SEVERAL
        elif row.field not in _ACTING or row.field == acting:
            yield row
        elif row.field == CONCERNED.field:
            yield CONCERNED


def _fits(row: Row, value: object) -> bool:
    """Approvals and emergencies say where they stand in a word, under the name that is an HTTP status elsewhere."""
    return row.field != _STATUS or type(value) is int


def present(fields: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The fields that say something and may stand beside the embedded record, without the chain."""
    for name, value in fields.items():
        if value is not None and name not in BULKY and name != "chain":
            yield name, value


def host_and_port(fields: Mapping[str, Any]) -> tuple[str, int] | None:
    """The vendor's place taken apart, where it names a port: SIEMs keep that in a field of its own."""
    try:
        place = urlsplit(f"//{fields.get('vendor_host')}")
        host, port = place.hostname, place.port
    except ValueError:
        return None
    return (host, port) if host and port else None


def put(document: dict[str, Any], path: str, value: Any) -> None:  # noqa: ANN401 - any JSON value
    """Set the value at a dotted path, making the objects on the way."""
    *parents, last = path.split(".")
    for parent in parents:
        document = document.setdefault(parent, {})
    document[last] = value
