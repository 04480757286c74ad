"""Are the agency's own reasons given by a rule, and does none that is told as itself tell what must not be known?"""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any, Final

from gateway.canonical import canonical
from gateway.errors import Refusal
from gateway.pdp.bundle import Bundle
from gateway.pdp.check.disclosed_causes import find_context, vary_secrets
from gateway.pdp.check.source import PolicyFinding
from gateway.pdp.engine import Engine
from gateway.pdp.reason_book import REASONS_FILE
from gateway.pdp.tables import find_lines

_MATCHES: Final = ("exact", "fuzzy", "partial")
_OPERATION: Final = "plate.search"


def own_reason_findings(bundle: Bundle, engine: Engine) -> Iterator[PolicyFinding]:
    """One finding for each declared code that no rule gives, and for each that gives a secret away."""
    if not bundle.reason_book.own:
        return
    lines = find_lines(dict(bundle.files)[REASONS_FILE])
    telling = {code for match in _MATCHES for code in _find_telling(bundle, engine, match)}
    for code in bundle.reason_book.own:
        if not any(f'"code": "{code}"' in text for _, text in bundle.rego):
            sentence = f"`{code}` is declared, and no rule gives it."
            yield PolicyFinding(file=REASONS_FILE, line=lines[code,], rule="own-reason", sentence=sentence)
        if code in telling:
            sentence = (
                f"`{code}` is told as itself, and so tells of a case or a plate that the officer may know nothing of: "
                "name in `told_as` what is told instead."
            )
            yield PolicyFinding(
                file=REASONS_FILE, line=lines.get((code, "told_as"), lines[code,]), rule="own-reason", sentence=sentence
            )


def _find_telling(bundle: Bundle, engine: Engine, match: str) -> set[str]:
    """The codes told as themselves that come and go with what is secret alone: whose the plate is, which cases exist."""
    open_codes = {code for code, reason in bundle.reason_book.own.items() if reason.told_as is None}
    given: defaultdict[tuple[Any, ...], list[set[str]]] = defaultdict(list)
    tables: Any = bundle.data["tables"]
    for document in vary_secrets(tables, _OPERATION, match):
        known = find_context(document, match)
        visible = known.assigned and known.target_in_case
        scopes = tuple(approval["scope"] for approval in document["facts"]["approvals"])
        try:
            codes = {reason.value for reason in engine.decide(canonical(document)).reasons}
        except Refusal:
            continue
        given[known.assigned, visible, scopes].append(codes & open_codes)
    return {code for alike in given.values() for code in set().union(*alike) if any(code not in one for one in alike)}
