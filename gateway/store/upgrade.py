"""Brings the store's tables to this version's. Alembic, which takes a start's time to load, is asked only where they differ."""

from pathlib import Path
from typing import Final

from sqlalchemy import Connection, inspect, text

from gateway.errors import ConfigurationError

_MIGRATIONS: Final = Path(__file__).parent / "migrations"
NEWEST: Final = max(path.name[1:5] for path in (_MIGRATIONS / "versions").glob("v[0-9]*.py"))
"""The version that this program's tables have."""
TOO_NEW: Final = "[store] url: the store was written by a newer version of the gateway"


def upgrade(connection: Connection, integrity: bytes) -> None:
    """Change what differs, within the connection's transaction; `integrity` is what rows are sealed by.

    Raises:
        ConfigurationError: the tables are a newer program's.
    """
    if _read_version(connection) == NEWEST:
        return
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    config.attributes["integrity"] = integrity
    try:
        command.upgrade(config, "head")
    except CommandError:
        raise ConfigurationError([TOO_NEW]) from None


def _read_version(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    version: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return version
