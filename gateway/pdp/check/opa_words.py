"""What OPA says of a rule that it cannot compile, in words for whoever wrote the rule."""

import re
from collections.abc import Mapping

_PLAIN: Mapping[str, str] = {
    r"var (?P<name>\S+) is unsafe": "`{name}` is not known here: no rule or variable of that name has a value. Is it misspelt?",
    r"undefined ref: (?P<name>input\.\S+)": "The input has no `{name}`. Is it misspelt?",
    r"undefined function (?P<name>\S+)": "There is no function `{name}` here: rules and tests look at the input and the tables only.",
    r"unexpected eof token": "The file ends in the middle of a rule: is a bracket or a quotation mark not closed?",
    r"(?P<name>.*)unexpected (?P<token>\S+) token.*": "This cannot be read from here on: something stands here, or just "
    "above, that does not belong, or a sign is missing (unexpected {token}).",
    r"illegal token.*": "A sign in this line is none that rules are written with. Quotation marks must be plain ones, as "
    '", not typographic ones.',
    r"non-terminated string": "A quotation mark is not closed.",
}


def say_plainly(message: str) -> str:
    """The sentence for a message of OPA's; the message itself where there is none."""
    first = message.splitlines()[0] if message else ""
    for form, sentence in _PLAIN.items():
        match = re.fullmatch(form, first)
        if match is not None:
            return sentence.format(**match.groupdict())
    return message
