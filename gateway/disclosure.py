"""What of a refusal's true reasons the person is told, who must not learn from it what is not theirs to know."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from gateway.reasons import POLICY_REASONS, AnyReason, OwnReason, Reason

R = Reason

_OF_THE_CASE = frozenset({R.CASE_CLOSED, R.PURPOSE_CASE_MISMATCH, R.LOOKBACK_TOO_LONG})
"""What only a case that exists can be, and what says of which kind it is and how far back it reaches."""


_OF_THE_TARGET = frozenset(
    {R.TARGET_UNKNOWN, R.TARGET_NOT_SUBJECT, R.TARGET_OTHER_CASE, R.TARGET_PLATE_EXPIRED, R.TARGET_PROTECTED}
)
_OF_A_PATTERN = dict.fromkeys(_OF_THE_TARGET, R.PARTIAL_PLATE_NOT_APPROVED) | {
    R.EMERGENCY_NEEDS_SECOND_PERSON: R.EMERGENCY_NOT_ALLOWED  # as every emergency by part of a plate is told
}
"""What is told of a plate of which a part was asked for."""


@dataclass(frozen=True, slots=True)
class DisclosureContext:
    """What the person may know already: `assigned` to the cited case; `target_in_case`: the plate is in that case.

    `pattern`: part of a plate was asked for. Then no known subject is needed, so that a reason for the target could only
    mean that the pattern fits a protected plate; asked again and again, it would spell that plate.
    """

    assigned: bool
    target_in_case: bool
    pattern: bool = False


_BY_DISCLOSURE = object()
_ORDER = {reason: place for place, reason in enumerate(Reason)}


@dataclass(frozen=True, slots=True)
class Disclosed:
    """What a person is told, in the vocabulary's own order. Made by `disclose` and nowhere else.

    Everything that can reach a caller takes these and no bare reasons. The order says nothing of the true reasons, nor
    does anything else: within a class of true reasons that are told alike, the answers are alike.
    """

    reasons: tuple[AnyReason, ...]
    made_by: object = field(repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.made_by is not _BY_DISCLOSURE or not self.reasons:
            raise TypeError("only disclosure says what is told")

    @property
    def first(self) -> AnyReason:
        """The reason that gives the answer its status and its title."""
        return self.reasons[0]

    def __iter__(self) -> Iterator[AnyReason]:
        return iter(self.reasons)


def disclose(reasons: Iterable[AnyReason], disclosure_context: "DisclosureContext | None" = None) -> Disclosed:
    """What of these true reasons the person is told, each once; without a context, as somebody who knows nothing.

    Nothing told may show that a plate belongs to somebody else's case or is protected, or that a case number exists. That an
    emergency needs a second person says that the plate is protected. Told alone, there is no way around it; beside another
    reason it would be told to who claims an emergency that is faulty on purpose, and which opens nothing.
    """
    known = disclosure_context or DisclosureContext(assigned=False, target_in_case=False)
    told = {_disclose_one(reason, known) for reason in reasons}
    if len(told) > 1:
        told.discard(R.EMERGENCY_NEEDS_SECOND_PERSON)
    return Disclosed(tuple(sorted(told, key=_place)), _BY_DISCLOSURE)


def _place(reason: AnyReason) -> tuple[int, str]:
    """Where a reason is told: those of the agency's own after ours that a policy gives, by their codes."""
    return (len(POLICY_REASONS), reason.value) if isinstance(reason, OwnReason) else (_ORDER[reason], "")


def _disclose_one(reason: AnyReason, disclosure_context: DisclosureContext) -> AnyReason:
    if isinstance(reason, OwnReason):
        return reason if reason.told_as is None else _disclose_one(reason.told_as, disclosure_context)
    if disclosure_context.pattern and reason in _OF_A_PATTERN:
        return _OF_A_PATTERN[reason]
    if reason in (R.TARGET_OTHER_CASE, R.TARGET_PROTECTED):
        return R.TARGET_UNKNOWN
    if reason is R.CASE_UNKNOWN or (reason in _OF_THE_CASE and not disclosure_context.assigned):
        return R.CASE_NOT_ASSIGNED
    knows_target = disclosure_context.assigned and disclosure_context.target_in_case
    if reason in (R.TARGET_NOT_SUBJECT, R.TARGET_PLATE_EXPIRED) and not knows_target:
        return R.TARGET_UNKNOWN
    return reason
