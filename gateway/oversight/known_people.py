"""Whom a name in a vendor's file means: somebody on record, or of the facts, who may never have searched through the gateway.

Whoever searches only around it is in no record of a search, and just that person is to be found, and not to judge it. So
a name that several people bear concerns all of them, and one that nobody bears is said to be known to nobody.
"""

from collections.abc import Sequence
from typing import Any, Final

PeopleOfFacts = Sequence[tuple[str, str, str | None]]
"""Name, user id and office of everybody whom the facts know, or knew; a former name of somebody is one more."""

UNKNOWN: Final = "known to nobody by this name"
"""What is said of a row that names somebody whom neither record nor facts know."""

_NAME = (
    "CREATE OR REPLACE TEMP MACRO known_name(written) AS "
    r"lower(nfc_normalize(trim(regexp_replace(written, '[\s\p{Z}]+', ' ', 'g'))))"
)
_EMPTY = "CREATE OR REPLACE TEMP TABLE people_of_facts (name VARCHAR, user_id VARCHAR)"
_FILL = "INSERT INTO people_of_facts SELECT unnest(?::VARCHAR[]), unnest(?::VARCHAR[])"
_KNOWN = """
CREATE OR REPLACE TEMP TABLE known_people AS SELECT DISTINCT known_name(unnest([name, user_id])) AS name, user_id FROM (
  SELECT DISTINCT user_name AS name, user_id FROM records WHERE event_type = 'decision' AND user_id IS NOT NULL
  UNION SELECT name, user_id FROM people_of_facts)
"""


def lay_out_people(connection: Any, people: PeopleOfFacts) -> None:  # noqa: ANN401 - a DuckDB connection or cursor
    """Make the table `known_people`, a row for each name and user id of each, and `known_name`, as which names are compared.

    The connection has a table `records`. A user id is a name too, for some files give it, or an e-mail that is one.
    """
    connection.execute(_NAME)
    connection.execute(_EMPTY)
    if people:
        connection.execute(_FILL, [[name for name, _, _ in people], [user_id for _, user_id, _ in people]])
    connection.execute(_KNOWN)
    connection.execute("DELETE FROM known_people WHERE coalesce(name, '') = ''")


def find_bearers(connection: Any, rows: Sequence[str]) -> dict[str, list[str]]:  # noqa: ANN401 - as above
    """Whom these rows of imported event logs, each by its `import_id:row`, may name; nobody for a name that nobody bears."""
    return dict(connection.execute(_BEARERS, [list(rows)]).fetchall())


_BEARERS: Final = """
SELECT import_id || ':' || row AS named, coalesce(list(DISTINCT user_id ORDER BY user_id) FILTER (user_id IS NOT NULL), [])
FROM vendor_events LEFT JOIN known_people ON known_name(person) = name
WHERE person IS NOT NULL AND list_contains(?, import_id || ':' || row) GROUP BY named
"""
