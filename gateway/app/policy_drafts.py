"""Drafts of an installation: begun from what is in force, and held against it and against what was activated before."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from gateway import clock
from gateway.app.oversight_words import tell_words_of_draft
from gateway.app.policy_in_force import find_compared, find_in_force, find_stopped, policy_history
from gateway.app.recorded_changes import read_changes, tell_not_looked_at, tell_taken_back
from gateway.app.state import oversight_directory
from gateway.app.stopped_policy import find_served
from gateway.app.vocabulary import tell_components_of_draft
from gateway.errors import ConfigurationError
from gateway.lifecycle.draft_folders import find_tests, read_companions, read_oversight, write_draft
from gateway.lifecycle.history import HistoryEntry, list_coming
from gateway.lifecycle.taken_back import RecordedChange
from gateway.model import find_number
from gateway.pdp import Bundle, load_policies, load_revision
from gateway.pdp.check.case_files import find_cases
from gateway.pdp.check.untold_remedies import tell_untold_remedies
from gateway.pdp.reason_book import ABOUT, REASONS_FILE
from gateway.pep.accepted_text import AcceptableText, find_rules
from gateway.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftBegun:
    """A new draft: where it lies, of which revision it is, and where what lies beside that came from, in words."""

    folder: str
    revision: str
    begun_from: str
    tests: str
    oversight: str
    cases: str


def begin_draft(settings: Settings, folder: Path, revision: str | None) -> DraftBegun:
    """Write what is in force (or was stopped), or a kept revision, into a new folder, with its tests and the oversight that is followed.

    Raises:
        ConfigurationError: the folder is there already or in another policy's, or what it begins from cannot be read.
    """
    _require_outside(settings, folder)
    policy, begun_from = _find_origin(settings, revision)
    kept, beside, followed = (
        find_tests(policy.revision, settings.paths.state),
        settings.paths.policies,
        oversight_directory(settings),
    )
    write_draft(folder, policy, read_companions(beside, kept) | read_oversight(followed))
    return DraftBegun(
        folder=str(folder),
        revision=policy.revision,
        begun_from=begun_from,
        tests=_tell_tests(policy, beside, kept=kept is not None),
        oversight=f"as followed in {_shorten(followed)}; no signature changes it"
        if followed.is_dir()
        else "none is there",
        cases=_tell_cases(settings, folder),
    )


def tell_coming(settings: Settings) -> str | None:
    """That another policy will be in force before a draft begun now can be; None where none waits."""
    act = _find_coming(settings)
    if act is None:
        return None
    return f"act {act.counter} puts policy {act.revision[:12]} in force at {act.effective_at}: begin from that one with --from {act.revision[:12]}"


def _find_coming(settings: Settings) -> HistoryEntry | None:
    """The last act that is still to come and puts a policy in force; None where none waits, or a stop does."""
    coming = list_coming(policy_history(settings).read(), clock.now())
    return coming[-1] if coming and coming[-1].revision else None


def tell_folder(settings: Settings, folder: Path) -> str:
    """Which folder is looked at where none was named, and whether that is what is in force."""
    force = find_in_force(settings, clock.now())
    if force.standing is None:
        told = tell_edited(settings) or "which is in force as it is: nothing was activated yet"
        return f"this is about the folder {_shorten(folder)}, {told}"
    if force.bundle is None:
        return f"this is about the folder {_shorten(folder)}: it is not in force, everything is stopped (act {force.counter})"
    told = f"policy {force.bundle.revision[:12]}, by act {force.counter}"
    if _revision_of(folder) == force.bundle.revision:
        return f"this is about the folder {_shorten(folder)}, which is as what is in force: {told}"
    return f"this is about the folder {_shorten(folder)}, which is not what is in force: that is {told}, and `policy draft DIR` writes it into a new folder"


def tell_edited(settings: Settings) -> str | None:
    """That the folder which no act replaced yet is not as the last start took it up; None where it is, or never was."""
    served = find_served(settings)
    if not served or policy_history(settings).standing(clock.now()) is not None:
        return None
    if _revision_of(settings.paths.policies) == served:
        return None
    return f"edited since the last start took up policy {served[:12]}, which decides until the next one: nothing was activated yet"


def is_activated(settings: Settings, folder: Path) -> bool:
    """Whether a folder holds the very policy that an act put in force."""
    with suppress(ConfigurationError):
        force = find_in_force(settings, clock.now())
        if force.standing is not None and force.bundle is not None:
            return _revision_of(folder) == force.bundle.revision
    return False


def tell_consequences(settings: Settings, draft: Bundle) -> list[str]:
    """What a draft does beside what it was written for, a sentence each.

    Which changes that are in force it takes back, whether people must accept the rules of behavior once more, whether
    records are deleted that are kept now, whether facts of an age that it takes are refused all the same, which purposes
    detectors' lists do not name as it has them, which components nobody has, which reasons of its own do not say what they
    are about, and which remedies in its rules are told to nobody.

    Raises:
        ConfigurationError: the history, or what is in force, cannot be read.
    """
    unsaid = [*_tell_unsaid(draft), *tell_untold_remedies(draft)]
    compared = find_compared(settings, clock.now())
    changes = read_changes(settings)
    return [
        *tell_taken_back(draft, compared, changes),
        *_tell_taken_back_of_coming(settings, draft, compared),
        *(tell_not_looked_at(settings) if draft.revision != compared.revision else ()),
        *_tell_accepted_anew(draft, compared, changes),
        *_tell_deleted(draft, compared),
        *_tell_still_stale(settings, draft, compared),
        *tell_words_of_draft(settings, draft, compared),
        *tell_components_of_draft(settings, draft, compared),
        *unsaid,
    ]


def _tell_taken_back_of_coming(settings: Settings, draft: Bundle, compared: Bundle) -> Iterator[str]:
    """What the draft has as it is now and an act that is still to come changes: activated for a later day it undoes that."""
    act = _find_coming(settings)
    if act is None or act.revision == draft.revision:
        return
    after = load_revision(act.revision, settings.paths.state)
    remedy = f"that act is to come ({act.effective_at}): where this is not meant, begin from it with `policy draft DIR --from {act.revision[:12]}`"
    change = RecordedChange(counter=act.counter, before=compared, after=after)
    yield from tell_taken_back(draft, after, [change], remedy)


def _tell_unsaid(draft: Bundle) -> Iterator[str]:
    """Which reasons of its own detectors must take as if they were about the case file or the plate."""
    codes = [f"`{code}`" for code, reason in draft.reason_book.own.items() if reason.about is None]
    if codes:
        told = f"{REASONS_FILE} has no `{ABOUT}` for {', '.join(codes)}: until it says what such a reason is about, "
        yield f"{told}oversight takes nobody who is denied for it as of the case cited"


def require_acceptable(settings: Settings, revision: str, at: datetime) -> None:
    """Refuse to put a policy in force whose rules of behavior nobody could accept then: nobody could search.

    Raises:
        ConfigurationError: with the day from which they can be accepted.
    """
    rules = _find_rules(load_revision(revision, settings.paths.state))
    if rules is not None and at.astimezone(UTC).date() < rules.since:
        raise ConfigurationError([_tell_not_yet(rules)])


def _tell_not_yet(rules: AcceptableText) -> str:
    day = rules.since.isoformat()
    told = f"nobody can accept version {rules.version} of the rules of behavior before {day}, its `from` in tables/documents, so nobody"
    return f"{told} could search until then: activate it with --effective {day}, or give a `from` of the day of the activation"


def _tell_accepted_anew(draft: Bundle, compared: Bundle, changes: list[RecordedChange]) -> Iterator[str]:
    """That people must accept the rules of behavior once more, as no replay of what was asked before can show."""
    before, after = _find_rules(compared), _find_rules(draft)
    if before is None or after is None:
        return
    everybody = "everybody must accept it before their next search"
    if before.version != after.version:
        in_force_once = [_find_rules(policy) for change in changes for policy in (change.before, change.after)]
        if any(one is not None and (one.version, one.sha256) == (after.version, after.sha256) for one in in_force_once):
            everybody = "whoever did not accept it while it was in force must before their next search"
        yield f"version {after.version} of the rules of behavior counts from the activation on: {everybody}"
        if after.since > clock.now().date():
            yield _tell_not_yet(after)
    elif before.sha256 != after.sha256:
        told = f"the text of version {after.version} of the rules of behavior is another one, so {everybody}"
        yield f"{told}, who accepted it as it was too: give a changed text a version of its own"
    elif after.since > before.since:
        told = f"version {after.version} of the rules of behavior counts from {after.since.isoformat()} on"
        yield f"{told}: whoever accepted it before that day must accept it again before their next search"


def tell_acceptance_replayed(current: Bundle, draft: Bundle, denied: int) -> str | None:
    """How a replay shows that the rules of behavior must be accepted once more; None where that is not so.

    `denied` are the persons whose recorded searches the draft decides otherwise for that.
    """
    before, after = _find_rules(current), _find_rules(draft)
    if (
        before is None
        or after is None
        or (before.version, before.sha256, before.since) == (after.version, after.sha256, after.since)
    ):
        return None
    if before.version == after.version:
        told = "whoever accepted the rules of behavior may have to accept them anew before the next search, and no number here shows that"
        return f"{told}: the record holds the version that was accepted, not its text"
    counted = "1 person" if denied == 1 else f"{denied:,} persons"
    told = f"version {after.version} of the rules of behavior has to be accepted before the next search: the searches of {counted} are denied here for that"
    return f"{told} (`rules_not_accepted`), as each would be until then; to see what else the draft changes, replay it with version {before.version}"


def _find_rules(policy: Bundle) -> AcceptableText | None:
    tables = policy.data.get("tables")
    return find_rules(tables) if isinstance(tables, Mapping) else None


def _tell_deleted(draft: Bundle, compared: Bundle) -> Iterator[str]:
    """That a draft has records deleted that are kept now, which going back to the policy before does not bring back."""
    before, after = (find_number(one.data, "tables", "audit", "retention_days", "value") for one in (compared, draft))
    if before is None or after is None or after >= before:
        return
    told = f"records older than {after:g} days are deleted from the gateway's next start on, until now {before:g} were kept"
    yield f"{told}: no roll-back brings them back"


def _tell_still_stale(settings: Settings, draft: Bundle, compared: Bundle) -> Iterator[str]:
    """That the operator's setting refuses older facts than it, whatever the table says."""
    before, after = (
        find_number(one.data, "tables", "policy", "facts_max_age_hours", "value") for one in (compared, draft)
    )
    most = settings.facts.max_age_hours
    if after is None or after == before or after <= most:
        return
    told = f"facts older than {most} hours are refused as before, by `[facts] max_age_hours`"
    yield f"{told}: for {after:g} hours have the operator raise that as well"


def _require_outside(settings: Settings, folder: Path) -> None:
    """Refuse a draft within the folder that is followed: until the first activation its rules would join those in force."""
    for followed in (settings.paths.policies, oversight_directory(settings)):
        if folder.resolve().is_relative_to(followed.resolve()):
            raise ConfigurationError(
                [f"{folder} lies in {_shorten(followed)}, whose rules a draft must not join: name a folder beside it"]
            )


def _find_origin(settings: Settings, revision: str | None) -> tuple[Bundle, str]:
    """The policy that a draft begins from, and what it is, in words."""
    if revision is not None:
        return load_revision(revision, settings.paths.state), f"the kept policy {revision[:12]}"
    force = find_in_force(settings, clock.now())
    if force.bundle is None:
        stopped = find_stopped(settings)
        told = stopped.note or f"policy {stopped.bundle.revision[:12]}, which act {force.counter} stopped"
        return stopped.bundle, told
    if force.counter:
        return force.bundle, f"policy {force.bundle.revision[:12]}, in force by act {force.counter}"
    told = tell_edited(settings) or "in force as it is: nothing was activated yet"
    return force.bundle, f"the folder {_shorten(settings.paths.policies)}, {told}"


def _tell_tests(policy: Bundle, beside: Path, *, kept: bool) -> str:
    if kept:
        return "as they were signed with it"
    if _revision_of(beside) == policy.revision:
        return f"those in {_shorten(beside)}"
    return (
        f"those in {_shorten(beside)}, which holds another policy, for none were kept with this one: see that they fit"
    )


def _tell_cases(settings: Settings, folder: Path) -> str:
    """Where the decisions in plain sentences lie that a draft is tried with, or may be."""
    beside, own = find_cases(folder), find_cases(settings.paths.policies)
    if beside is not None:
        return f"{_shorten(beside)}, beside it: as they lie there"
    if own is None:
        return "none lie beside it: name them with --cases"
    return f"none lie beside it; those of this installation are tried with --cases {_shorten(own)}"


def _revision_of(folder: Path) -> str | None:
    try:
        return load_policies(folder).revision
    except ConfigurationError:
        return None


def _shorten(path: Path) -> Path:
    """As whoever stands in the installation's folder would write it."""
    try:
        return path.absolute().relative_to(Path.cwd())
    except ValueError:
        return path
