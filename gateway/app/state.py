"""What an installation makes for itself at its first start: the state folder, its own secrets, an auditor's key pair."""

import secrets
from pathlib import Path

from gateway.durable import REAL_DISK, write_once
from gateway.errors import ConfigurationError
from gateway.ledger.encryption import keygen
from gateway.lifecycle.opa_bundle import make_bundle_key
from gateway.pep.ports import Secrets
from gateway.settings import Settings
from gateway.store import Store, open_store

_BYTES = 32
_AUDITOR = "auditor.key"


def prepare(settings: Settings) -> None:
    """Make the state folder and the secrets that are not there yet; called once, before any worker starts.

    Raises:
        ConfigurationError: the folder cannot be made or written.
    """
    folder = secrets_folder(settings)
    try:
        for directory in (settings.paths.state, folder):
            REAL_DISK.folder(directory)
        for name in ("tokens", "pages", "pseudonyms", "integrity", "approvals"):
            write_once(folder / name, secrets.token_bytes(_BYTES))
        if not settings.audit.recipients:
            write_once(folder / _AUDITOR, _key_pair())
        make_bundle_key(folder, settings.paths.state / "policy")
    except OSError as error:
        raise ConfigurationError([f"[paths] state: {folder} cannot be written ({error.strerror})"]) from None


def load_secrets(settings: Settings) -> Secrets:
    """The installation's own secrets.

    Raises:
        ConfigurationError: one is missing or damaged.
    """
    folder = secrets_folder(settings)
    return Secrets(
        tokens=_read_secret(folder / "tokens"),
        pages=_read_secret(folder / "pages"),
        pseudonyms=_read_secret(folder / "pseudonyms"),
        approvals=_read_secret(folder / "approvals"),
    )


def load_integrity(settings: Settings) -> bytes:
    """The secret by which rows of the store and revisions of the facts are known again; made where there is none yet.

    Raises:
        ConfigurationError: it cannot be made or read.
    """
    prepare(settings)
    return _read_secret(secrets_folder(settings) / "integrity")


def open_own_store(settings: Settings) -> Store:
    """The store, for a command.

    Raises:
        ConfigurationError: it cannot be opened.
    """
    return open_store(settings.store.url, load_integrity(settings))


def secrets_folder(settings: Settings) -> Path:
    """Where secrets that must never be exported lie."""
    return settings.paths.state / "secrets"


def oversight_directory(settings: Settings) -> Path:
    """Where the detectors and the tables of oversight lie."""
    return settings.oversight.directory or settings.paths.policies / "oversight"


def auditors(settings: Settings) -> tuple[str, ...]:
    """The public keys that records are sealed to: the configured ones, else that of the pair made at first start."""
    if settings.audit.recipients:
        return settings.audit.recipients
    text = (secrets_folder(settings) / _AUDITOR).read_text(encoding="ascii")
    return tuple(line.removeprefix("# public key: ") for line in text.splitlines() if line.startswith("# public key: "))


def has_own_auditor(settings: Settings) -> bool:
    """Whether the private key that opens sealed fields lies on this host, as it does until recipients are configured."""
    return (secrets_folder(settings) / _AUDITOR).exists()


def _key_pair() -> bytes:
    pair = keygen()
    return f"# public key: {pair.public}\n{pair.private}\n".encode("ascii")


def _read_secret(path: Path) -> bytes:
    try:
        content = path.read_bytes()
    except OSError:
        content = b""
    if len(content) != _BYTES:
        raise ConfigurationError([f"{path} is missing or damaged; start the gateway with `serve`, or restore it"])
    return content
