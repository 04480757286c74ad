"""Remedies in rules that nobody is told: an officer reads the one that belongs to the code, whatever `fix` a rule gives."""

import re
from collections.abc import Iterator

import orjson

from gateway.pdp.bundle import Bundle

_TEXT = r'"(?:[^"\\\n]|\\.)*"'
_OBJECT = re.compile(rf"\{{(?:{_TEXT}|[^{{}}\"])*\}}")
_CODE = re.compile(rf'"code":\s*({_TEXT})')
_FIX = re.compile(rf'"fix":\s*({_TEXT})')


def tell_untold_remedies(policy: Bundle) -> Iterator[str]:
    """A sentence for each written `fix` that is another than its code's own, of the gateway's or of the table."""
    for path, text in policy.rego:
        rules = "\n".join("" if line.lstrip().startswith("#") else line for line in text.split("\n"))
        for found in _OBJECT.finditer(rules):
            code, fix = _CODE.search(found[0]), _FIX.search(found[0])
            reason = policy.reason_book.find(_read(code[1])) if code else None
            if reason is not None and fix is not None and _read(fix[1]) != reason.text.fix:
                line = rules.count("\n", 0, found.start() + fix.start()) + 1
                yield (
                    f"{path}:{line}: officers are not told this `fix`, but the remedy of `{reason.value}`, which is “{reason.text.fix}”: "
                    "write the same here, or deny with a reason of your own (tables/reasons) that has the words you want"
                )


def _read(literal: str) -> str | None:
    try:
        return str(orjson.loads(literal))
    except orjson.JSONDecodeError:
        return None
