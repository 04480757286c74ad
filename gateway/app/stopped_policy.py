"""What decided until everything was stopped: which policy a stop names, and which one drafts are held against where that one is lost."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from gateway import clock
from gateway.app.engine import folder_policy
from gateway.errors import ConfigurationError
from gateway.lifecycle.history import HistoryEntry, list_come
from gateway.pdp import Bundle, load_revision
from gateway.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class StoppedPolicy:
    """What a draft is begun from and held against while everything is stopped; `note` says why, where it is not what was stopped."""

    bundle: Bundle
    note: str = ""


def find_served(settings: Settings) -> str:
    """The revision that a start took up last of those nobody signed; "" where no start ever did.

    What lies in the folder now may be an edit that no start took up: it decided nothing.
    """
    with suppress(OSError):
        marked = (settings.paths.state / "policy" / "folder").read_text(encoding="ascii", errors="replace")
        if marked.isalnum():
            return marked
    with suppress(ConfigurationError):
        revision = folder_policy(settings).revision
        if (settings.paths.state / "revisions" / revision).is_dir():
            return revision
    return ""


def find_last_in_force(settings: Settings, entries: Sequence[HistoryEntry]) -> StoppedPolicy:
    """The policy that was stopped; where that is lost the last one before it that is kept, else what lies in the folder.

    It is only what people begin from and compare with: nothing comes into force by it, which needs two signatures all the same.

    Raises:
        ConfigurationError: none of them can be read; with what to put right.
    """
    named, told = _name_stopped(settings, entries)
    acts = [entry.revision for entry in list_come(entries, clock.now())][::-1]
    earlier = [*acts, *(entry.replaces for entry in entries[:1]), find_served(settings)]
    kept = load_first(settings, [named, *earlier])
    if kept is not None:
        other = f"{told}: in its place is taken policy {kept.revision[:12]}, the last before it that is kept"
        return StoppedPolicy(bundle=kept, note="" if kept.revision == named else other)
    try:
        folder = folder_policy(settings)
    except ConfigurationError as mistake:
        remedy = f"put that right, and a draft begins from the folder {settings.paths.policies}"
        raise ConfigurationError([f"{told}, and no other is kept", *mistake.problems, remedy]) from None
    other = f"{told}: in its place is taken what lies in the folder {settings.paths.policies}"
    return StoppedPolicy(bundle=folder, note="" if folder.revision == named else other)


def find_governing(settings: Settings, entries: Sequence[HistoryEntry]) -> Bundle | None:
    """The policy that was stopped where nobody ever signed one: by its tables people are judged, so no other stands in for it."""
    named, _ = _name_stopped(settings, entries)
    kept = load_first(settings, [named, find_served(settings)])
    if kept is not None or not named:
        return kept
    folder = folder_policy(settings)
    return folder if folder.revision == named else None


def load_first(settings: Settings, revisions: Iterable[str]) -> Bundle | None:
    """The first of these policies that is kept, as it was."""
    for revision in filter(None, revisions):
        with suppress(ConfigurationError):
            return load_revision(revision, settings.paths.state)
    return None


def _name_stopped(settings: Settings, entries: Sequence[HistoryEntry]) -> tuple[str, str]:
    """The revision that was stopped, "" where none is named, and that it is not to be had, in words."""
    act = next((entry for entry in reversed(entries) if entry.replaces), None)  # a stop upon a stop replaces nothing
    if act is None:
        return "", "nothing was in force here before everything was stopped"
    kept = settings.paths.state / "revisions" / act.replaces
    lost = "is not kept any more as it was" if kept.is_dir() else "is not kept"
    return act.replaces, f"policy {act.replaces[:12]}, which act {act.counter} ended, {lost} ({kept})"
