"""Who may search, by the facts and the policy in force, and what a policy asks of a training."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import select

from gateway.app.policy_in_force import find_deciding_tables, read_tables
from gateway.app.rules_in_force import read_course_version
from gateway.auditing.reports import Person, TrainingRule
from gateway.endpoints.missing import COURSE, may_search
from gateway.errors import ConfigurationError
from gateway.facts import answers
from gateway.facts.queries import open_newest
from gateway.facts.schema import TRAINING, USERS
from gateway.model import Json, find_number
from gateway.pdp import load_revision
from gateway.settings import Settings


def list_authorized(settings: Settings) -> list[Person]:
    """Everybody active with a role that may run a search, and their last LPR training.

    Raises:
        ConfigurationError: no facts, or facts or a policy that cannot be read.
    """
    columns = TRAINING.c
    done = select(columns.user_id, columns.completed_on, columns.version).where(columns.course == COURSE)
    with open_newest(settings.facts.url) as (revision_store, reader):
        statements = [
            str(one.compile(dialect=revision_store.dialect, compile_kwargs={"literal_binds": True}))
            for one in (select(USERS), done.order_by(columns.completed_on))
        ]
        users, trainings = reader.read(statements, {})
    names, tables = [column.name for column in USERS.columns], find_deciding_tables(settings)
    found = (dict(zip(names, row, strict=True)) for row in users)
    newest = {user: (day, version) for user, day, version in trainings if day}
    return [_person(user, *newest.get(user["user_id"], (None, None))) for user in found if _may_search(user, tables)]


def _may_search(user: dict[str, Any], tables: Mapping[str, Json]) -> bool:
    return bool(answers.flag(user["active"])) and may_search(str(user["roles"] or "").split(";"), tables)


def _person(user: dict[str, Any], completed: str | None, version: str | None) -> Person:
    return Person(
        user_id=user["user_id"],
        name=user["name"],
        component=user["component"],
        office=user["office"],
        roles=str(user["roles"]).replace(";", ", "),
        trained_on=date.fromisoformat(completed) if completed else None,
        version=version,
    )


def read_training_rule(settings: Settings) -> TrainingRule:
    """What the policy in force asks of a training.

    Raises:
        ConfigurationError: the policy cannot be read, or says no limit.
    """
    return _read_rule(find_deciding_tables(settings))


def read_kept_rule(settings: Settings, revision: str) -> TrainingRule:
    """What a policy asked that is kept under this revision.

    Raises:
        ConfigurationError: it is not kept, was changed since, or says no limit.
    """
    if not (settings.paths.state / "revisions" / revision).is_dir():
        raise ConfigurationError(["its text is not kept on this host"])
    return _read_rule(read_tables(load_revision(revision, settings.paths.state)))


def _read_rule(tables: Mapping[str, Json]) -> TrainingRule:
    days = find_number(tables, "training", "max_age_days", "value")
    if days is None:
        raise ConfigurationError(["the policy tables have no training.max_age_days"])
    return TrainingRule(days=days, version=read_course_version(tables))
