"""What is wrong with a value in the settings, in plain words: what must stand there, and what was perhaps meant."""

from typing import Any

from pydantic import BaseModel

from gateway.near_words import suggest_near
from gateway.settings.shape import Settings

_MUST = {
    "missing": "this setting is required",
    "int_parsing": "must be a whole number",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_parsing": "must be a number",
    "float_type": "must be a number",
    "bool_parsing": "must be true or false",
    "bool_type": "must be true or false",
    "string_type": 'must be text in quotation marks, as "…"',
    "string_too_short": "must not be empty",
    "path_type": 'must be a path in quotation marks, as "…"',
    "tuple_type": 'must be a list, as ["…"]',
    "model_type": "must be a table, with a heading of its own",
    "literal_error": "must be one of {expected}",
    "greater_than_equal": "must be {ge} or more",
    "less_than_equal": "must be at most {le}",
    "greater_than": "must be more than {gt}",
}


def explain_value_fault(error: Any) -> list[str]:  # noqa: ANN401 - pydantic's error dictionary
    """What one of pydantic's errors says, with the setting's place: a sentence, and of what is judged as a whole perhaps several."""
    if not error["loc"]:
        return _own_words(error).split("\n")
    first, *others = _explain(error).split("\n")
    return [first, *(f"{_tell_place(error['loc'])}: {other}" for other in others)]


def _explain(error: Any) -> str:  # noqa: ANN401 - the same
    place = [str(part) for part in error["loc"]]
    where = _tell_place(error["loc"])
    if error["type"] == "extra_forbidden":
        return f"{where}: there is no such setting{_suggestion(place)}"
    if error["type"] == "tuple_type" and _section_of(_find_section(place), place[-1]) is not None:
        return f"{where}: must be a list of tables: write [[{'.'.join(place)}]] above each, with two brackets"
    known = _MUST.get(error["type"])
    return f"{where}: {known.format_map(error.get('ctx') or {}) if known else _own_words(error)}"


def _tell_place(loc: tuple[Any, ...]) -> str:
    """A setting by table and name; a table of a list by its number from 0, as in a variable's name; a value of a list by its rank."""
    *table, name = (str(part) for part in loc)
    if not table:
        return f"[{name}]"
    if not isinstance(loc[-1], int):
        return f"[{'.'.join(table)}] {name}"
    if _section_of(_find_section(table), table[-1]) is not None:
        return f"[{'.'.join(table)}.{name}]"
    return f"[{'.'.join(table[:-1])}] {table[-1]}, number {loc[-1] + 1} in the list"


def _own_words(error: Any) -> str:  # noqa: ANN401 - the same
    return str(error["msg"]).removeprefix("Value error, ")


def _suggestion(place: list[str]) -> str:
    known = _find_section(place)
    return suggest_near(place[-1], known.model_fields) if known else ""


def _find_section(place: list[str]) -> type[BaseModel] | None:
    """The section that a setting stands in."""
    known: type[BaseModel] | None = Settings
    for part in place[:-1]:
        if not part.isdigit():
            known = _section_of(known, part)
    return known


def _section_of(section: type[BaseModel] | None, name: str) -> type[BaseModel] | None:
    if section is None or name not in section.model_fields:
        return None
    annotation = section.model_fields[name].annotation
    for candidate in (annotation, *getattr(annotation, "__args__", ())):
        if isinstance(candidate, type) and issubclass(candidate, BaseModel):
            return candidate
    return None
