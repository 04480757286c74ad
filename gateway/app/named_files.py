"""Files and folders that the settings name and that are read only later: one that is not there is told before it is missed."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from gateway.settings import Settings
from gateway.shipping.options import JSONL


def named_troubles(settings: Settings) -> list[str]:
    """A sentence for each that is not there, and for each file that two sinks would write."""
    missing = [
        f"{setting}: there is no file {path}" for setting, path in _files(settings) if path and not path.is_file()
    ]
    targets = Counter(sink.target for sink in settings.audit.sinks if sink.kind == JSONL)
    shared = [
        f"[[audit.sinks]] target: {target} is written by {count} sinks"
        for target, count in targets.items()
        if count > 1
    ]
    return [*missing, *shared]


def shadow_troubles(settings: Settings) -> list[str]:
    """That the candidate's folder is not there, which a trial may outlive: officers are served all the same."""
    folder = settings.engine.shadow
    if folder is None or folder.is_dir():
        return []
    return [f"[engine] shadow: there is no folder {folder}: nothing is tried beside the policy in force"]


def _files(settings: Settings) -> Iterator[tuple[str, Path | None]]:
    yield "[facts] manifest_key_file", settings.facts.manifest_key_file
    yield "[audit] trust_file", settings.audit.trust_file
    yield "[telemetry] ca_file", settings.telemetry.ca_file
    yield from (("[[oidc]] ca_file", issuer.ca_file) for issuer in settings.oidc)
