"""Who may search, by the facts in force, and how long the policy in force lets a training count."""

from datetime import date
from typing import Any

from sqlalchemy import func, select

from gateway.app.policy_in_force import find_tables
from gateway.auditing.reports import Person
from gateway.errors import ConfigurationError
from gateway.facts import answers
from gateway.facts.queries import open_newest
from gateway.facts.schema import TRAINING, USERS
from gateway.settings import Settings

_SEARCHERS = frozenset({"officer", "supervisor"})


def list_authorized(settings: Settings) -> list[Person]:
    """Everybody active with a role that searches, and their last LPR training.

    Raises:
        ConfigurationError: no facts, or facts that cannot be read.
    """
    last = func.max(TRAINING.c.completed_on).label("last")
    trained = select(TRAINING.c.user_id, last).where(TRAINING.c.course == "lpr").group_by(TRAINING.c.user_id)
    with open_newest(settings.facts.url) as (revision_store, reader):
        statements = [
            str(one.compile(dialect=revision_store.dialect, compile_kwargs={"literal_binds": True}))
            for one in (select(USERS), trained)
        ]
        users, trainings = reader.read(statements, {})
    names = [column.name for column in USERS.columns]
    found = (dict(zip(names, row, strict=True)) for row in users)
    completed = {user: day for user, day in trainings if day}
    return [_person(user, completed.get(user["user_id"])) for user in found if _may_search(user)]


def _may_search(user: dict[str, Any]) -> bool:
    return bool(answers.flag(user["active"])) and not _SEARCHERS.isdisjoint(str(user["roles"] or "").split(";"))


def _person(user: dict[str, Any], completed: str | None) -> Person:
    return Person(
        user_id=user["user_id"],
        name=user["name"],
        component=user["component"],
        office=user["office"],
        roles=str(user["roles"]).replace(";", ", "),
        trained_on=date.fromisoformat(completed) if completed else None,
    )


def training_days(settings: Settings) -> int:
    """`training.max_age_days` of the policy in force.

    Raises:
        ConfigurationError: the policy cannot be read, or has no such number.
    """
    tables: Any = find_tables(settings)
    try:
        return int(tables["training"]["max_age_days"]["value"])
    except (KeyError, TypeError, ValueError):
        raise ConfigurationError(["the policy tables have no training.max_age_days"]) from None
