"""Case numbers: the one form that a request can carry, so that no case is known under a number nobody can cite."""

import re
from typing import Final

FORM: Final = "letters, digits, spaces and . _ / - (at most 64, beginning with a letter or digit, ending with no space)"
PATTERN: Final = r"[A-Za-z0-9](?:[A-Za-z0-9 ._/-]{0,62}[A-Za-z0-9._/-])?"
_FORM: Final = re.compile(PATTERN)


def is_case_number(text: str) -> bool:
    """Whether a case number can be sent in a header, a vendor's field or a declared context."""
    return _FORM.fullmatch(text) is not None
