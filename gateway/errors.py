"""What can go wrong, as few kinds as possible.

    GatewayError
    ├── Refusal             one request is not served; carries reason codes, never a caller's text
    └── ConfigurationError  the gateway does not start (or a command does not run); carries every mistake found
        └── NoRoomError     … for want of room on the disk alone

A `Refusal` is raised where the problem is found and caught in one place (`pep/refuse.py`), which records and answers it.
"""

from gateway.reasons import AnyReason


class GatewayError(Exception):
    """The root, so that one `except` can tell ours from anything unforeseen."""


class Refusal(GatewayError):
    """This request is refused.

    `reason` is the true one, the first of `reasons` where a policy gave several; what the caller is told is
    `reasons.disclose(...)`. `field` names the field, header or
    parameter to put right, and must come from our own tables, never from the request. `note` is a fixed sentence for
    the record (for example why a credential is invalid) and is not told to the caller. `hint` is a sentence that is told
    beside the remedy, made of our own tables alone: the values that a field may have.
    """

    def __init__(
        self,
        reason: AnyReason,
        *more: AnyReason,
        field: str | None = None,
        note: str | None = None,
        retry_after_s: int | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(reason.value if field is None else f"{reason.value}: {field}")
        self.reason = reason
        self.reasons = (reason, *more)
        self.field = field
        self.note = note
        self.retry_after_s = retry_after_s
        self.hint = hint


class ConfigurationError(GatewayError):
    """Settings, tables or files cannot be used. `problems` holds one plain sentence for each mistake, all of them."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class NoRoomError(ConfigurationError):
    """The same, and nothing is wrong with what was configured: the disk is full, and may have room again."""
