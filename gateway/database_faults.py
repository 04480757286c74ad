"""Why a database cannot be used, in one sentence for each cause that an operator can do something about.

What libpq says is in the server's language, so what it knows apart from its words is asked first.
"""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

if TYPE_CHECKING:
    import psycopg

_NO_ROOM = ("too many connections", "too many clients", "connection slots", "starting up", "shutting down")
_FULL = (13, 4874)
"""SQLITE_FULL, and SQLITE_IOERR_SHMSIZE: the file of memory that its processes share cannot grow."""
_DAMAGED = (11, 26)
"""SQLITE_CORRUPT, and SQLITE_NOTADB."""
_NO_PERMISSION, _READ_ONLY = "42501", "25006"


def explain_fault(error: BaseException, url: str) -> str:
    """The sentence, without a password; `url` is the setting's own."""
    import psycopg  # here, since most who start have no PostgreSQL, and no fault

    cause = _driver_error(error)
    if isinstance(cause, PermissionError):
        return f"{cause.filename} cannot be written by this user"
    if not isinstance(cause, psycopg.Error):
        if lacks_room(error):
            return f"there is no room on the disk of {make_url(url).database}"
        if getattr(cause, "sqlite_errorcode", None) in _DAMAGED:
            return explain_damaged(url)
        return find_unwritable(url) or "the database cannot be reached or written"
    where, user, database = _name_parts(url)
    no_room = f"{where} takes no connection now: has it any left (max_connections), or is it starting or ending?"
    told = (
        (any(words in str(cause) for words in _NO_ROOM), no_room),
        (
            getattr(cause.pgconn, "needs_password", False),
            f"{where} asks for a password of {user}, {_find_password(url)}",
        ),
        (
            f'"{user}"' in str(cause) and f'"{database}"' in str(cause) and user != database,
            f"{where} lets {user} into {database} from this host by no line of its pg_hba.conf",
        ),
        (
            _is_missing(cause, user, database),
            f"there is no database {database} at {where} that {user} may use: {_make(url)}",
        ),
        (_is_refused_otherwise(cause, user), f"{where} refuses the connection; its own log says why"),
        (
            getattr(cause.pgconn, "used_password", False),
            f"{where} does not accept the password of {user}{_name_giver()}",
        ),
        (cause.sqlstate == _NO_PERMISSION, explain_no_permission(url)),
        (cause.sqlstate == _READ_ONLY, explain_read_only(url)),
        (
            cause.sqlstate is None,
            f"nobody answers at {where}: is PostgreSQL running there, and may this host reach it?",
        ),
    )
    return next((sentence for is_so, sentence in told if is_so), f"{where} refuses (SQLSTATE {cause.sqlstate})")


def lacks_room(error: BaseException) -> bool:
    """Whether SQLite found the disk full."""
    return getattr(_driver_error(error), "sqlite_errorcode", None) in _FULL


def explain_damaged(url: str) -> str:
    """That SQLite's file is not whole, and what to do."""
    return f"{make_url(url).database} is damaged: put that of a back-up in its place"


def find_unwritable(url: str) -> str | None:
    """Of SQLite, which keeps what was written last in files beside its own: which of them this user may not write."""
    path = make_url(url).database if url.startswith("sqlite:") else None
    for name in (path, f"{path}-wal", f"{path}-shm") if path else ():
        is_there, may = (os.access(name, mode, effective_ids=True) for mode in (os.F_OK, os.R_OK | os.W_OK))
        if is_there and not may:
            if os.statvfs(name).f_flag & os.ST_RDONLY:
                return f"{name} lies on a file system that is mounted read-only: mount it for writing"
            is_own = os.stat(name).st_uid == os.geteuid()  # noqa: PTH116
            remedy = f"chmod 600 {name}" if is_own else "`config check` says whose it is"
            return f"{name} cannot be read and written by this user: {remedy}"
    return None


def explain_no_permission(url: str) -> str:
    """That the user may not make what the gateway keeps there, and what to do."""
    _, user, database = _name_parts(url)
    return f"{user} may not make tables and schemas in {database}: ALTER DATABASE {database} OWNER TO {user}"


def explain_read_only(url: str) -> str:
    """That nothing can be kept there, and where to look."""
    where, _, database = _name_parts(url)
    return f"{database} at {where} takes no writes: is that server a standby, or the database set to be read only?"


def explain_encoding(url: str, encoding: str) -> str | None:
    """That the database cannot hold every name, and how to make one that can; None where it is UTF-8."""
    *_, database = _name_parts(url)
    return None if encoding == "UTF8" else f"{database} is encoded as {encoding}, not as UTF-8: {_make(url)}"


def _make(url: str) -> str:
    _, user, database = _name_parts(url)
    return f"CREATE DATABASE {database} OWNER {user} ENCODING 'UTF8' TEMPLATE template0"


def _is_missing(cause: "psycopg.Error", user: str, database: str) -> bool:
    """Whether the server speaks of the database alone; by its English words only where the user has the same name."""
    named = f'database "{database}"' if user == database else f'"{database}"'
    return cause.sqlstate is None and named in str(cause)


def _is_refused_otherwise(cause: "psycopg.Error", user: str) -> bool:
    """Whether a server answered and refused for no fault of the user's, whom it then does not name in any language."""
    _, fatal, told = str(cause).rpartition("FATAL")
    return cause.sqlstate is None and bool(fatal) and user not in told


def _find_password(url: str) -> str:
    """Why none was given: what is wrong with the file that holds it."""
    usual = Path(os.path.expanduser("~/.pgpass"))  # noqa: PTH111 - it raises for no user
    named = make_url(url).query.get("passfile") or os.environ.get("PGPASSFILE") or (usual if usual.exists() else None)
    if not isinstance(named, str | Path):
        return f"and none was given: put it into {usual}, or the file that PGPASSFILE names"
    try:
        mode = Path(named).stat().st_mode
        Path(named).open("rb").close()
    except OSError as error:
        return f"and {named} cannot be read ({error.strerror})"
    if mode & 0o077:
        return f"and PostgreSQL does not read {named}, which others can read: chmod 600 it"
    return f"and {named} has no line for it: host:port:database:user:password"


def _name_giver() -> str:
    """Whose the password was, where it is the environment's: PostgreSQL's client asks no file then."""
    return (
        ", which PGPASSWORD in this environment gives: no passfile is read beside it"
        if "PGPASSWORD" in os.environ
        else ""
    )


def _driver_error(error: BaseException) -> BaseException:
    """What the driver raised, below what others made of it."""
    below: BaseException | None = getattr(error, "orig", None) or error.__cause__
    return error if below is None else _driver_error(below)


def _name_parts(url: str) -> tuple[str, str, str]:
    """Where the server is, the user and the database, as the setting names them."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        return "the database server", "the user", ""
    host = parsed.host or parsed.query.get("host") or "this host"
    where = f"{host}:{parsed.port}" if parsed.port else str(host)
    return where, parsed.username or "this program's user", parsed.database or ""
