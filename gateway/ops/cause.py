"""Whether two alarms are of one cause: the same sentence, whatever numbers stand in it."""

import re

_WITH_A_NUMBER = re.compile(r"\S*\d\S*")


def find_cause(detail: str) -> str:
    """The sentence without the words that hold a number: seconds, MiB left, a checkpoint, a revision."""
    return _WITH_A_NUMBER.sub("#", detail)
