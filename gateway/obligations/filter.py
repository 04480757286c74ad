"""After the vendor answered: only reads that every rule lets pass, only fields that none takes away."""

import re
from collections.abc import Iterable
from datetime import datetime
from functools import reduce

from gateway import plates
from gateway.errors import Refusal
from gateway.model import AnswerRules, Filtered, Read, ReadField, Results, TimeSpan
from gateway.reasons import Reason
from gateway.value import replace

UNREADABLE = "unreadable"
OTHER_PLATE = "other_plate"
OUTSIDE_WINDOW = "outside_window"
OVER_LIMIT = "over_limit"
_LINK = frozenset({"link"})
_Held = tuple[datetime, tuple[TimeSpan, ...]]
"""From when a rule lets reads of a plate pass, and in which spans before."""
KnownTimes = dict[tuple[plates.ReadPlate, str | None], list[_Held | None]]
"""By plate and state as read: when each rule lets such reads pass. The reads of one answer are mostly of one plate."""

KnownTexts = dict[str, bool]
"""Texts of one answer, which repeats many, and whether each leads elsewhere."""
_LEADS_ELSEWHERE = re.compile(r"://|(?:^|[\s\"'(=<])//[^\s/]|\bwww\.|\b(?:mailto|data|javascript):", re.IGNORECASE)
"""Every way a browser or a mail program makes a link of a text: with a scheme, with the page's own, or by its name."""


def filter_results(results: Results, rules: tuple[AnswerRules, ...]) -> Filtered:
    """What of a vendor's answer may be passed on: a read needs the consent of every one of `rules`.

    The limit counts reads that passed everything else. Totals in the frame are rewritten where it is serialised.

    Raises:
        Refusal: OBLIGATION_NOT_POSSIBLE without any rules, for then everything would pass.
    """
    if not rules:
        raise Refusal(Reason.OBLIGATION_NOT_POSSIBLE, field="rules")
    dropped: dict[str, int] = {}
    staying: list[Read] = []
    known: KnownTimes = {}
    for read in results.reads:
        why = _objection(read, rules, known)
        if why is None:
            staying.append(read)
        else:
            dropped[why] = dropped.get(why, 0) + 1
    limit = min((rule.limit for rule in rules if rule.limit is not None), default=len(staying))
    if len(staying) > limit:
        dropped[OVER_LIMIT] = len(staying) - limit
    return _strip_fields(results, staying[:limit], rules, dropped)


def _objection(read: Read, rules: tuple[AnswerRules, ...], known: KnownTimes) -> str | None:
    """Why the read may not pass, None if it may."""
    # Beyond ASCII, upper case can turn one letter into two plain ones.
    if read.time is None or read.plate is None or not read.plate.isascii():
        return UNREADABLE
    seen = (read.plate, read.state)
    if seen not in known:
        known[seen] = [_find_times(read.plate, read.state, rule) for rule in rules]
    for rule, held in zip(rules, known[seen], strict=True):
        if held is None:
            return OTHER_PLATE
        start, earlier = held
        if not start <= read.time <= rule.not_after and not _lies_in(read.time, earlier, rule):
            return OUTSIDE_WINDOW
    return None


def _find_times(plate: plates.ReadPlate, state: str | None, rule: AnswerRules) -> _Held | None:
    """When a rule lets reads of this plate and state pass; None where never."""
    normal = plates.normalize(plate)
    found = [
        fitting
        for fitting in rule.plates
        if plates.fits_pattern(fitting.text, normal) and (None in (fitting.state, state) or fitting.state == state)
    ]
    if not found:
        return None
    start = max(rule.not_before, min(fitting.not_before for fitting in found))
    return start, tuple(span for fitting in found for span in fitting.earlier)


def _lies_in(moment: datetime, earlier: tuple[TimeSpan, ...], rule: AnswerRules) -> bool:
    """Whether a read is from a time at which the plate was held before, within what the rule lets pass at all."""
    return rule.not_before <= moment <= rule.not_after and any(span.start <= moment <= span.end for span in earlier)


def _strip_fields(
    results: Results, staying: list[Read], rules: tuple[AnswerRules, ...], dropped: dict[str, int]
) -> Filtered:
    """The answer with these reads, without the fields that some rule takes away."""
    masked: frozenset[str] = reduce(frozenset.union, (rule.masked for rule in rules))
    links: KnownTexts | None = {} if any(rule.strip_links for rule in rules) else None
    if links is not None:
        masked = masked | _LINK
    frame = _select_fields(results.frame, masked, links)
    reads = tuple([_strip_read(read, masked, links) for read in staying])
    removed = len(results.frame) - len(frame)
    removed += sum(len(before.fields) - len(after.fields) for before, after in zip(staying, reads, strict=True))
    withheld = results.withheld + removed
    return Filtered(
        results=replace(results, reads=reads, frame=frame, withheld=withheld),
        returned=len(reads),
        dropped=dropped,
        withheld=withheld,
    )


def _strip_read(read: Read, masked: frozenset[str], links: KnownTexts | None) -> Read:
    fields = _select_fields(read.fields, masked, links)
    if len(fields) == len(read.fields):
        return read
    return Read(plate=read.plate, state=read.state, time=read.time, fields=fields)


def _select_fields(
    fields: Iterable[ReadField], masked: frozenset[str], links: KnownTexts | None
) -> tuple[ReadField, ...]:
    """The fields of no masked kind and, where links are looked for, without one; `links` keeps what was found of a text."""
    kept = []
    for field in fields:
        _, kind, value = field
        if kind in masked:
            continue
        if links is not None and isinstance(value, str):
            leads = links.get(value)
            if leads is None:
                leads = links[value] = _leads_elsewhere(value)
            if leads:
                continue
        kept.append(field)
    return tuple(kept)


def _leads_elsewhere(text: str) -> bool:
    """Whether a text leads to data outside the gateway, be it listed as a link or not; none can without these characters."""
    return ("/" in text or ":" in text or "." in text) and _LEADS_ELSEWHERE.search(text) is not None
