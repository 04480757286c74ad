"""What a verification found: breaks (the record was changed) and findings (what a crash or the law may leave)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class BreakReason(StrEnum):
    """Why the ledger is not as it was written."""

    NOT_A_RECORD = "not_a_record"
    NOT_CANONICAL = "not_canonical"
    WRONG_CHAIN = "wrong_chain"
    WRONG_SEQUENCE = "wrong_sequence"
    WRONG_PREVIOUS = "wrong_previous"
    WRONG_HASH = "wrong_hash"
    UNREADABLE = "unreadable"
    SEGMENT_MISSING = "segment_missing"
    SEGMENT_MISPLACED = "segment_misplaced"
    RETIRED_RANGE = "retired_range"
    HEAD_MISSING = "head_missing"
    HEAD_DIFFERS = "head_differs"
    CHECKPOINT_UNREADABLE = "checkpoint_unreadable"
    CHECKPOINT_SIGNATURE = "checkpoint_signature"
    CHECKPOINT_CHAIN = "checkpoint_chain"
    WRONG_ORIGIN = "wrong_origin"
    WITNESS_DIFFERS = "witness_differs"
    NOT_WITNESSED = "not_witnessed"
    ROLLED_BACK = "rolled_back"
    EPOCH_KEY_ALTERED = "epoch_key_altered"


class FindingKind(StrEnum):
    """What is worth knowing and is no break."""

    INTERRUPTED = "interrupted"
    UNANSWERED = "unanswered"
    TORN_TAIL = "torn_tail"
    UNFINISHED_LINE = "unfinished_line"
    CLOCK_BACKWARDS = "clock_backwards"
    SEGMENTS_DELETED = "segments_deleted"
    NOT_CHECKPOINTED = "not_checkpointed"
    NOTHING_SIGNED = "nothing_signed"
    UNWITNESSED = "unwitnessed"
    FOREIGN_NOTES = "foreign_notes"
    WITNESS_SILENT = "witness_silent"
    WITNESS_DAMAGED = "witness_damaged"
    WITNESS_ENDS = "witness_ends"
    ENDS_EARLIER = "ends_earlier"
    KEYS_DIFFER = "keys_differ"
    EPOCH_KEY_MISSING = "epoch_key_missing"
    EPOCH_KEY_BACK = "epoch_key_back"
    LEFT_OVER_FILE = "left_over_file"
    LINK = "link"
    CITED_BEYOND = "cited_beyond"
    DUPLICATES = "duplicates"
    NOT_EMBEDDED = "not_embedded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """One place where the ledger is broken. `line` is None where the file as a whole, or its absence, is the matter."""

    file: str
    line: int | None
    reason: BreakReason
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something found so many times, first at this place ('' where it has none)."""

    kind: FindingKind
    count: int
    sentence: str
    file: str = ""
    line: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainSummary:
    """What was read of one chain: its first and last seq, and how many records."""

    first_seq: int
    last_seq: int
    records: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What a verification has proved, and up to when (RFC 3339). Without a break only.

    `signed_until` is the time of the last checkpoint where it is signed by a key that was known from elsewhere,
    `witnessed_until` that of the last one that enough witnesses (`witnesses`) hold. `sentences` say it in words.
    """

    origin: str | None = None
    signed_until: str | None = None
    witnessed_until: str | None = None
    witnesses: tuple[str, ...] = ()
    sentences: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyReport:
    """The result of a verification. `unwitnessed_since` is RFC 3339, None where a witness holds the last checkpoint."""

    records: int
    bytes: int
    checkpoints: int
    seconds: float
    chains: Mapping[str, ChainSummary]
    breaks: tuple[Break, ...]
    findings: tuple[Finding, ...]
    unwitnessed_since: str | None = field(default=None)
    proof: Proof = field(default_factory=Proof)

    @property
    def ok(self) -> bool:
        """Whether nothing was changed, removed or moved."""
        return not self.breaks
