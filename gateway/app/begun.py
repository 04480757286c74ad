"""What is kept here already, for commands that only read it or take something away: no such command begins a store or a record."""

from gateway.app.database_questions import read_store_version
from gateway.app.places import find_file, require_places
from gateway.app.state import open_own_store, secrets_folder, tell_beginning
from gateway.database_faults import explain_fault
from gateway.errors import ConfigurationError
from gateway.settings import Settings
from gateway.store import Store

_MAKE = "`serve` makes it, or `keys issue`; if there was one before, bring it back first, for a new one has none of its keys"


def open_kept_store(settings: Settings) -> Store:
    """The store that is there.

    Raises:
        ConfigurationError: there is none, or it cannot be opened.
    """
    url = settings.store.url
    file = find_file(url)
    if file is not None and not file.exists():
        require_places(settings)  # where it could not be kept at all, that is what is wrong
        raise ConfigurationError([f"[store] url: there is no store at {file}, which the settings name: {_MAKE}"])
    if file is None and _has_no_tables(url):
        raise ConfigurationError([f"[store] url: there is no store in the database that the settings name: {_MAKE}"])
    return open_own_store(settings)


def require_record(settings: Settings) -> None:
    """Return where something is kept here, so that a reading can be put on record.

    Raises:
        ConfigurationError: nothing is, and to read it would begin another ledger with other keys.
    """
    state, directory = settings.paths.state, settings.audit.directory
    if secrets_folder(settings).exists():
        return
    if any(directory.glob("*/*.jsonl*")):
        copied = (
            "; of a copy elsewhere only `audit verify` can be asked, for a reading is recorded where the gateway runs"
        )
        raise ConfigurationError([f"{tell_beginning(settings)}{copied}"])
    told = f"[paths] state: {state} holds nothing yet, and there is no record at {directory}"
    raise ConfigurationError([f"{told}: `serve` begins it; if there was one before, bring its state back, or mount it"])


def _has_no_tables(url: str) -> bool:
    import psycopg

    try:
        return read_store_version(url) is None
    except psycopg.Error as error:
        raise ConfigurationError([f"[store] url: {explain_fault(error, url)}"]) from None
