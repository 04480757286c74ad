"""Why a database cannot be used, in one sentence for each cause that an operator can do something about.

What libpq says is in the server's language, so what it knows apart from its words is asked first.
"""

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

_NO_PERMISSION = "42501"


def explain_fault(error: BaseException, url: str) -> str:
    """The sentence, without a password; `url` is the setting's own."""
    import psycopg  # here, since most who start have no PostgreSQL, and no fault

    cause = _driver_error(error)
    if isinstance(cause, PermissionError):
        return f"{cause.filename} cannot be written by this user"
    if not isinstance(cause, psycopg.Error):
        return "the database cannot be reached or written"
    where, user, database = _name_parts(url)
    told = (
        (
            getattr(cause.pgconn, "needs_password", False),
            f"{where} asks for a password of {user}, and none was given: put it into the file that PGPASSFILE names",
        ),
        (getattr(cause.pgconn, "used_password", False), f"{where} does not accept the password of {user}"),
        (
            f'"{database}"' in str(cause) and cause.sqlstate is None,
            f"there is no database {database} at {where}: have it made (CREATE DATABASE {database})",
        ),
        (
            cause.sqlstate == _NO_PERMISSION,
            f"{user} may not make tables in {database}: GRANT CREATE ON DATABASE {database} TO {user}",
        ),
        (
            cause.sqlstate is None,
            f"nobody answers at {where}: is PostgreSQL running there, and may this host reach it?",
        ),
    )
    return next((sentence for is_so, sentence in told if is_so), f"{where} refuses (SQLSTATE {cause.sqlstate})")


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
