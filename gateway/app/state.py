"""What an installation makes for itself at its first start: the state folder, its own secrets, an auditor's key pair."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from gateway.app.database_questions import read_remembered_secrets
from gateway.app.own_secrets import make_once, read_own_secret
from gateway.app.places import find_file
from gateway.database_faults import explain_fault
from gateway.durable import REAL_DISK, write_once
from gateway.errors import ConfigurationError, Refusal
from gateway.ledger.encryption import keygen
from gateway.lifecycle.opa_bundle import make_bundle_key
from gateway.pep.ports import Secrets
from gateway.settings import Settings
from gateway.store import Store, differing_secrets, digest_secret, open_store

_AUDITOR = "auditor.key"
_IMPACT = "impact"
SHARED = ("tokens", "pages", "pseudonyms", "integrity", "approvals")
"""The secrets that all gateways on one store must have in common."""
LASTING = ("pseudonyms", "integrity", "approvals")
"""Those that a single gateway must keep, too: what was made with them is known again by nothing else."""
_ANOTHERS = "is not that of the other gateways on this store: bring it from one of them"
_NOT_KEPT = "is not the one that this store was kept with: restore it from a back-up"


def prepare(settings: Settings) -> None:
    """Make the state folder and the secrets that are not there yet; called once, before any worker starts.

    Raises:
        ConfigurationError: the folder cannot be made or written, or lacks secrets that a store's gateways share.
    """
    folder = secrets_folder(settings)
    if lost := missing_secrets(settings):
        raise ConfigurationError(lost)
    try:
        for directory in (settings.paths.state, folder, shared_secrets_folder(settings)):
            REAL_DISK.folder(directory)
        for name in SHARED:
            make_once(shared_secrets_folder(settings) / name)
        make_once(folder / _IMPACT)
        if not settings.audit.recipients:
            write_once(folder / _AUDITOR, _key_pair())
        make_bundle_key(folder, settings.paths.state / "policy")
    except OSError as error:
        place = error.filename or folder
        is_file = isinstance(error, FileExistsError | NotADirectoryError)
        why = "is no folder" if is_file else f"cannot be written ({error.strerror})"
        raise ConfigurationError([f"[paths] state: {place} {why}"]) from None


def tell_beginning(settings: Settings) -> str | None:
    """That nothing is kept here yet, and a start begins anew: wrong where there was a gateway before."""
    if secrets_folder(settings).exists():
        return tell_lost_store(settings)
    if any(settings.audit.directory.glob("*/*.jsonl*")):
        told = (
            f"[paths] state: {settings.paths.state} lacks its `secrets`, and a record is there that was made with them"
        )
        return f"{told}: bring that folder back from a back-up before you start"
    told = (
        f"[paths] state: {settings.paths.state} holds nothing yet, and `serve` begins a new ledger with new keys there"
    )
    return f"{told}: if there was one before, bring its state back, or mount it, before you start"


def tell_lost_store(settings: Settings) -> str | None:
    """That the store's file is gone while there is a record of officers: a new one has no keys, and no searches counted."""
    file = find_file(settings.store.url)
    if file is None or file.exists() or not any(settings.audit.directory.glob("w[0-9]*")):
        return None
    told = f"[store] url: there is no {file}, though there is a record of before, and `serve` begins a new store there"
    return f"{told}, without keys, approvals, acceptances and counts: bring it back before you start"


def missing_secrets(settings: Settings) -> list[str]:
    """A sentence where the store was kept with secrets that are not here, or nobody can tell.

    One made in their place could only be a wrong one. Where all are here, and something is kept here already, the store is not
    asked: what needs only the record goes on without it, and so does an emergency stop.
    """
    folder = shared_secrets_folder(settings)
    is_whole = secrets_folder(settings).exists() and all((folder / name).exists() for name in SHARED)
    return [] if is_whole else secret_troubles(settings)


def secret_troubles(settings: Settings) -> list[str]:
    """What keeps the secrets from being those that the store was kept with, a sentence each; nothing is made to find out."""
    import psycopg

    try:
        remembered = read_remembered_secrets(settings.store.url)
    except psycopg.Error as error:
        return [f"[store] url: {explain_fault(error, settings.store.url)}"]
    folder, names = shared_secrets_folder(settings), _names(settings)
    lost = ", ".join(name for name in names if name in remembered and not (folder / name).exists())
    here = [folder / name for name in names if (folder / name).exists()]
    wrong = _tell_wrong(settings)
    missed = list(_tell_left_behind(settings, folder, remembered)) or list(_tell_lost(settings, folder, lost))
    return [*missed, *(told for path in here for told in _compare(path, remembered, wrong))]


def _names(settings: Settings) -> tuple[str, ...]:
    """Which secrets the store remembers. A single gateway's tokens and pages may end: their files are deleted for that."""
    return SHARED if is_shared(settings) else LASTING


def _tell_wrong(settings: Settings) -> str:
    return _ANOTHERS if is_shared(settings) else _NOT_KEPT


def _tell_left_behind(settings: Settings, folder: Path, remembered: Mapping[str, str]) -> Iterator[str]:
    """That this installation was kept with secrets that were not brought along to the folder for several gateways.

    Where the store was kept with others, it is those that are needed.
    """
    former = secrets_folder(settings)
    there = [name for name in _names(settings) if (former / name).exists() and not (folder / name).exists()]
    behind = [name for name in there if not list(_compare(former / name, remembered, ""))]
    if behind:
        told = f"[store] secrets_directory: {folder} lacks {', '.join(behind)}, and this installation was kept with those in"
        lasting = ", or vendors are told other pseudonyms from now on" if "pseudonyms" in behind else ""
        changed = "; where one was to be changed, put the new file there" if {*behind} <= {"tokens", "pages"} else ""
        remedy = f"copy them there, as its user and with mode 0600{lasting}{changed}"
        yield f"{told} {former}: {remedy} (operators.md, Several gateways)"


def _tell_lost(settings: Settings, folder: Path, lost: str) -> Iterator[str]:
    if lost and is_shared(settings):
        told = f"[store] url: gateways work with it already, and {folder} lacks their secrets"
        yield f"{told}: bring {lost} from one of them, or from a back-up (operators.md, Several gateways)"
    elif lost:
        state = settings.paths.state
        mistyped = "" if state.exists() else f" (there is no {state}: is [paths] state as it should be?)"
        told = f"[store] url: it was kept with secrets that {folder} lacks{mistyped}: restore {lost} from a back-up"
        yield f"{told}, or where there is none begin with an empty store (operators.md, A ledger that is lost)"


def _compare(path: Path, remembered: Mapping[str, str], wrong: str) -> Iterator[str]:
    """That a secret is another one, or cannot be read."""
    try:
        secret = read_own_secret(path)
    except ConfigurationError as error:
        yield from error.problems
        return
    if remembered.get(path.name, digest_secret(path.name, secret)) != digest_secret(path.name, secret):
        yield f"{path} {wrong}"


def load_secrets(settings: Settings) -> Secrets:
    """The installation's own secrets.

    Raises:
        ConfigurationError: one is missing or damaged.
    """
    folder = shared_secrets_folder(settings)
    return Secrets(
        tokens=read_own_secret(folder / "tokens"),
        pages=read_own_secret(folder / "pages"),
        pseudonyms=read_own_secret(folder / "pseudonyms"),
        approvals=read_own_secret(folder / "approvals"),
    )


def is_begun(settings: Settings) -> bool:
    """Whether this installation keeps anything yet. What only looks asks this first, lest it be the one that begins."""
    return (shared_secrets_folder(settings) / "integrity").exists()


def load_integrity(settings: Settings) -> bytes:
    """The secret by which rows of the store and revisions of the facts are known again; made where there is none yet.

    Raises:
        ConfigurationError: it cannot be made or read.
    """
    prepare(settings)
    return read_integrity(settings)


def read_integrity(settings: Settings) -> bytes:
    """The same secret, of an installation that has begun; makes nothing.

    Raises:
        ConfigurationError: it cannot be read.
    """
    return read_own_secret(shared_secrets_folder(settings) / "integrity")


def read_impact_key(settings: Settings) -> bytes:
    """The secret by which this gateway knows the impact reports that it made of its own record; each gateway has its own.

    Raises:
        ConfigurationError: it cannot be read.
    """
    return read_own_secret(secrets_folder(settings) / _IMPACT)


def load_common_integrity(settings: Settings) -> bytes:
    """The same secret, found to be that of every gateway on the store: what is sealed by it, all of them must know again.

    Raises:
        ConfigurationError: it is not, or cannot be read.
    """
    if is_shared(settings):
        check_store(settings)
    return load_integrity(settings)


def open_own_store(settings: Settings) -> Store:
    """The store, for a command.

    Raises:
        ConfigurationError: it cannot be opened, or its gateways have other secrets than this one.
    """
    store = open_store(settings.store.url, load_integrity(settings))
    try:
        _require_same_secrets(settings, store)
    except BaseException:
        store.close()
        raise
    return store


def check_store(settings: Settings) -> None:
    """Open the store and close it again; raises what `open_own_store` does."""
    open_own_store(settings).close()


def is_shared(settings: Settings) -> bool:
    """Whether several gateways may work with one store."""
    return not settings.store.url.startswith("sqlite")


def _require_same_secrets(settings: Settings, store: Store) -> None:
    folder = shared_secrets_folder(settings)
    try:
        differing = differing_secrets(store, {name: read_own_secret(folder / name) for name in _names(settings)})
    except Refusal:
        raise ConfigurationError(["[store] url: the database stopped answering"]) from None
    if differing:
        raise ConfigurationError([f"{folder / name} {_tell_wrong(settings)}" for name in differing])


def index_folder(settings: Settings) -> Path | None:
    """Where commands and detectors keep what they index of the ledger; it can be made anew at any time.

    None where nothing is kept here yet: what only looks makes no state folder.
    """
    return settings.paths.state / "audit-index" if secrets_folder(settings).exists() else None


def secrets_folder(settings: Settings) -> Path:
    """Where secrets that must never be exported lie."""
    return settings.paths.state / "secrets"


def shared_secrets_folder(settings: Settings) -> Path:
    """Where the secrets lie that all gateways on one store have in common."""
    return settings.store.secrets_directory or secrets_folder(settings)


def oversight_directory(settings: Settings) -> Path:
    """Where the detectors and the tables of oversight lie."""
    return settings.oversight.directory or settings.paths.policies / "oversight"


def auditors(settings: Settings) -> tuple[str, ...]:
    """The public keys that records are sealed to: the configured ones, else that of the pair made at first start."""
    if settings.audit.recipients:
        return settings.audit.recipients
    text = (secrets_folder(settings) / _AUDITOR).read_text(encoding="ascii")
    return tuple(line.removeprefix("# public key: ") for line in text.splitlines() if line.startswith("# public key: "))


def find_auditor_key(settings: Settings) -> Path | None:
    """An auditor's private key, where one lies on this host in a place of ours.

    It does until recipients are configured, and where nobody has moved away yet what `init` made beside the policy and the
    vendors' secrets; a container's policy lies elsewhere.
    """
    secret_files = [vendor.auth.client_secret_file for vendor in settings.vendors]
    made = [settings.paths.policies.parent, *(path.parent.parent for path in secret_files if path is not None)]
    places = (secrets_folder(settings) / _AUDITOR, *(folder / "auditor" / _AUDITOR for folder in made))
    return next((place for place in places if place.exists()), None)


def _key_pair() -> bytes:
    pair = keygen()
    return f"# public key: {pair.public}\n{pair.private}\n".encode("ascii")
