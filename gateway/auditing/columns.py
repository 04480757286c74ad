"""The columns of a record: one typed schema for the index, for exports and for every question put to the ledger.

Every field is read as text first and then cast, so that no value of an unexpected kind makes a record unreadable: it is
null in its column and whole in the line. Instants are UTC; `JSON` columns hold JSON text.
"""

import hashlib
from collections.abc import Iterable, Mapping
from types import MappingProxyType

TEXT, TEXTS, WHOLE, NUMBER, FLAG, INSTANT, DAY, JSON = (
    "VARCHAR VARCHAR[] BIGINT DOUBLE BOOLEAN TIMESTAMP DATE JSON".split()
)

_BY_TYPE = {
    TEXT: (
        "event_id event_type decision_id request_id opening_decision_id decision outcome reason operation mount "
        "vendor_profile vendor_operation vendor_host vendor_request_id deny_field deny_note user_id user_name org "
        "office actor_kind actor_method on_behalf_of key_id new_key_id rules_of_behavior_version purpose_code purpose_source "
        "case_number case_source offense_code context_id plate_hmac plate_hmac_epoch plate_trace plate_trace_epoch "
        "plate_state plate_match reason_hmac finding_id "
        "sealed_key_id lookback_basis input_sha256 engine engine_version policy_revision facts_revision src_ip reader "
        "operator what why about searched_by requested_by claimed_user_id approval_id"
    ),
    TEXTS: "deny_reasons disclosed_reasons rule_ids roles supervisor_approval_id subject_id notes reason_traits acts_for signers",
    WHOLE: (
        "status limit vendor_status result_count withheld bytes_in bytes_out bytes_from_vendor vendor_ms duration_ms "
        "engine_us"
    ),
    NUMBER: "lookback_days",
    FLAG: "explain forwarded",
    INSTANT: "ts rules_of_behavior_accepted_at window_start window_end due_at",
    DAY: "training_completed_at",
    JSON: "geo obligations effective dropped counts filter heads oversight reasons_about",
}
FIELDS: Mapping[str, str] = MappingProxyType({name: kind for kind, names in _BY_TYPE.items() for name in names.split()})
"""Every field that has a column of its own, and its DuckDB type."""

_BULKY = frozenset(
    "request_id vendor_request_id vendor_host vendor_operation mount deny_note input_sha256 rule_ids "
    "notes geo obligations effective heads rules_of_behavior_version rules_of_behavior_accepted_at "
    "purpose_source case_source engine_version actor_method vendor_status bytes_from_vendor".split()
)
INDEXED = tuple(name for name in FIELDS if name not in _BULKY)
"""The fields that the index holds: what is searched for and counted, and nothing sealed."""

EDITION = hashlib.sha256("\n".join(f"{name} {FIELDS[name]}" for name in INDEXED).encode()).hexdigest()[:8]
"""Names what an index holds, so that one made with other columns is made anew."""

_CHAIN = "STRUCT(id VARCHAR, seq BIGINT, prev VARCHAR, hash VARCHAR)"


def read_as() -> str:
    """The column specification for DuckDB's JSON reader: every field as text, and the record's place."""
    listed = ", ".join(f"{quote(name)}: 'VARCHAR'" for name in FIELDS)
    return f"{{chain: '{_CHAIN}', {listed}}}"


def type_row(names: Iterable[str]) -> str:
    """The select list that gives these fields their types."""
    return ", ".join(f"TRY_CAST({quote(name)} AS {FIELDS[name]}) AS {quote(name)}" for name in names)


def quote(name: str) -> str:
    """A column name, as SQL wants it where it is also a word of the language."""
    return f'"{name}"'
