"""How asking a vendor fails: a `Refusal` that also says whether the vendor may have seen the request."""

from gateway.errors import Refusal
from gateway.reasons import AnyReason, Reason


class VendorFailure(Refusal):
    """The vendor gave no answer that can be used.

    `note` is a fixed word of ours for the record. `sent` is False only where not one byte of the request can have left;
    `status` is the vendor's HTTP status where one was read, `retry_after_s` when it is tried again where that is known.
    """

    def __init__(
        self, reason: AnyReason, note: str, *, sent: bool, status: int | None = None, retry_after_s: int | None = None
    ) -> None:
        super().__init__(reason, note=note, retry_after_s=retry_after_s)
        self.sent = sent
        self.status = status


def refuse_answer(note: str, *, status: int | None = None) -> VendorFailure:
    """The vendor answered, and the answer is not to be trusted as whole or well-formed."""
    return VendorFailure(Reason.VENDOR_ANSWER_UNUSABLE, note, sent=True, status=status)
