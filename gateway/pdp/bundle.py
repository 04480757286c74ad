"""A policy as one value: its Rego, its tables, and the revision, which is the SHA-256 of all of it.

The same folder always gives the same revision and the same bundle bytes, on every machine; a folder that differs by a
comment gives another. Tests (`*_test.rego`) are no part of a policy.
"""

import gzip
import hashlib
import io
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

import orjson

from gateway.canonical import canonical
from gateway.durable import write_folder_once
from gateway.errors import ConfigurationError
from gateway.model import Json
from gateway.pdp.reason_book import GATEWAY_REASONS, REASONS_FILE, ReasonBook, read_reason_book
from gateway.pdp.tables import parse_table
from gateway.strict import MARK_REMEDY, tell_not_utf_8
from gateway.unreadable import find_unreadable, tell_all_unreadable, tell_unreadable

_LARGEST_FILE = 1 << 20
_READ = (".rego", "data.yaml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """One policy revision: `files` are path and text, sorted by path, as they were read; `data` is what Rego sees.

    `reason_book` holds every reason that it may give.
    """

    revision: str
    files: tuple[tuple[str, str], ...] = field(repr=False)
    data: Mapping[str, Json] = field(repr=False)
    reason_book: ReasonBook = field(repr=False)

    @property
    def rego(self) -> tuple[tuple[str, str], ...]:
        """The files that are Rego."""
        return tuple((path, text) for path, text in self.files if path.endswith(".rego"))

    @property
    def data_text(self) -> str:
        """The data document as canonical JSON."""
        return canonical(self.data)


def load_policies(directory: Path) -> Bundle:
    """The policy in a folder: every `*.rego` that is no test, and every `tables/**/data.yaml`.

    Raises:
        ConfigurationError: with every mistake: files that may not be read, no Rego, no UTF-8, too large, links, tables that are not strict YAML.
    """
    problems = tell_all_unreadable(directory, *_READ, without="oversight")
    if problems:  # nothing else could be said of it
        raise ConfigurationError(problems)
    files: list[tuple[str, str]] = []
    tables: dict[str, Json] = {}
    for path in sorted(list_policy_files(directory)):
        try:
            text = _read(directory / path)
            problems += _tell_mark(path, text)
            if path.endswith(".yaml"):
                _place(tables, path.split("/")[1:-1], orjson.loads(_read_table(text, path)))
            files.append((path, text))
        except OSError as error:
            problems.append(f"{path}: {tell_unreadable(error)}")
        except UnicodeDecodeError as error:
            line, told = tell_not_utf_8(error)
            problems.append(f"{path}, line {line}: {told}")
        except ValueError:
            problems.append(f"{path}: must be a plain file of at most 1 MiB in UTF-8")
        except ConfigurationError as mistake:
            problems.extend(mistake.problems)
    if not any(path.endswith(".rego") for path, _ in files):
        problems.append("the policy folder holds no Rego")
    reason_book = _read_reasons(tables.get("reasons"), dict(files).get(REASONS_FILE, ""), problems)
    if problems:
        raise ConfigurationError(problems)
    revision = hashlib.sha256(canonical([list(file) for file in files]).encode()).hexdigest()
    data: dict[str, Json] = {"tables": tables, "revision": revision}
    return Bundle(revision=revision, files=tuple(files), data=MappingProxyType(data), reason_book=reason_book)


def _tell_mark(path: str, text: str) -> list[str]:
    return [f"{path}, line 1: {MARK_REMEDY}"] if path.endswith(".rego") and text.startswith("\ufeff") else []


def write_bundle(bundle: Bundle, path: Path) -> None:
    """Write the policy as an OPA bundle that owns all of OPA's data, so that nothing can be put beside it."""
    manifest = canonical({"revision": bundle.revision, "roots": [""], "rego_version": 1})
    members = [(".manifest", manifest), ("data.json", bundle.data_text), *bundle.rego]
    packed = io.BytesIO()
    with (
        gzip.GzipFile(filename="", mode="wb", fileobj=packed, mtime=0) as stream,
        tarfile.open(fileobj=stream, mode="w", format=tarfile.USTAR_FORMAT) as archive,
    ):
        for name, text in members:
            content = text.encode()
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(content), 0o644
            archive.addfile(member, io.BytesIO(content))
    path.write_bytes(packed.getvalue())


def keep_revision(bundle: Bundle, state: Path) -> Path:
    """The folder `revisions/<revision>` below `state` that holds this policy readable for as long as its decisions.

    Written once, whole or not at all; found already there, it is read back and must still be what its name says.

    Raises:
        ConfigurationError: if what is kept under this revision is no longer that policy.
    """
    kept = state / "revisions" / bundle.revision
    write_folder_once(kept, ((path, text.encode()) for path, text in bundle.files))
    load_revision(bundle.revision, state)
    return kept


def load_revision(revision: str, state: Path) -> Bundle:
    """The policy that was kept under this revision.

    Raises:
        ConfigurationError: if there is none, or it is no longer what its name says.
    """
    if not (revision.isalnum() and revision.isascii()):
        raise ConfigurationError(["a policy revision is written in letters and digits only"])
    kept = state / "revisions" / revision
    if not kept.is_dir():
        raise ConfigurationError([_tell_lost(f"policy {revision[:12]} is not kept: there is no folder {kept}")])
    changed = _tell_lost(f"what is kept as policy {revision[:12]} has been changed: {kept}")
    try:
        bundle = load_policies(kept)
    except ConfigurationError as mistake:
        if find_unreadable(kept, *_READ, without="oversight"):  # which may be the policy still
            raise
        raise ConfigurationError([changed, *mistake.problems]) from None
    if bundle.revision != revision:
        raise ConfigurationError([changed])
    return bundle


def _tell_lost(told: str) -> str:
    """That a policy is not to be had, with all that can be done; after a stop a draft begins from what is kept still."""
    remedy = (
        "put that folder back from a back-up; meanwhile `policy rollback REVISION` goes to another policy that is kept"
    )
    stop = "`policy deactivate` stops everything, whereupon two can sign and activate another"
    return f"{told}. To mend it, {remedy}, and {stop}"


def _read_reasons(table: Json, text: str, problems: list[str]) -> ReasonBook:
    try:
        return read_reason_book(table, text)
    except ConfigurationError as mistake:
        problems.extend(mistake.problems)
        return GATEWAY_REASONS


def list_rules(directory: Path) -> list[Path]:
    """Every `*.rego` of a policy folder that decides: no test, and no detector of oversight, which only looks back."""
    found = sorted(directory.rglob("*.rego"))
    return [
        path
        for path in found
        if not path.name.endswith("_test.rego") and path.relative_to(directory).parts[0] != "oversight"
    ]


def list_policy_files(directory: Path) -> list[str]:
    """What of a folder is the policy, by its paths: the rules that decide, and the tables."""
    paths = (*list_rules(directory), *(directory / "tables").rglob("data.yaml"))
    return [path.relative_to(directory).as_posix() for path in paths]


def _read(path: Path) -> str:
    if path.is_symlink() or not path.is_file() or path.stat().st_size > _LARGEST_FILE:
        raise ValueError
    return path.read_bytes().decode()


@lru_cache(maxsize=256)
def _read_table(text: str, path: str) -> str:
    """A table as JSON. One start reads a policy several times, and whoever asks gets a value that no other holds."""
    return canonical(parse_table(text, path))


def _place(tables: dict[str, Json], topic: list[str], table: Json) -> None:
    """Put `tables/a/b/data.yaml` at `a.b`."""
    if not topic or not isinstance(table, dict):
        raise ConfigurationError(
            [f"tables/{'/'.join([*topic, 'data.yaml'])}: must be a topic's folder with named values"]
        )
    for name in topic[:-1]:
        tables = tables.setdefault(name, {})  # type: ignore[assignment]
    if topic[-1] in tables:
        raise ConfigurationError([f"tables/{'/'.join(topic)}: is given twice"])
    tables[topic[-1]] = table
