"""One question to a PostgreSQL server, asked of it directly: what `doctor` and a start must know before anything is opened."""

from typing import Any, LiteralString

from sqlalchemy import make_url

_REACH_S = 5


def ask_database(url: str, question: LiteralString) -> object:
    """What a PostgreSQL server answers, one value; None for another database.

    Raises:
        psycopg.Error: it cannot be asked.
    """
    import psycopg  # here, since most who start have no PostgreSQL

    parsed = make_url(url)
    if parsed.get_backend_name() != "postgresql":
        return None
    given = parsed.translate_connect_args(username="user", database="dbname") | dict(parsed.query)
    usual = {"connect_timeout": _REACH_S, "client_encoding": "utf8"}
    with psycopg.connect(**(given | usual)) as connection:
        row = connection.execute(question).fetchone()
    return row[0] if row else None


def read_remembered_secrets(url: str) -> dict[str, str]:
    """The digests that the store holds of secrets, by their names: gateways work with them already.

    Raises:
        psycopg.Error: it cannot be asked.
    """
    if ask_database(url, "SELECT to_regclass('shared_secrets') IS NOT NULL") is not True:
        return {}
    found: Any = ask_database(url, "SELECT json_object_agg(name, digest) FROM shared_secrets")
    return {str(name): str(digest) for name, digest in (found or {}).items()}
