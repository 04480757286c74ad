"""The tables a privacy office edits: YAML of which only what JSON also has is accepted.

YAML has many surprises (`no` is false, `1:30` is ninety, a key given twice is the last, a tag runs code). Here a plain
word is text, numbers are written as in JSON, and whatever else YAML could do is a mistake with its line.
"""

import re
from collections.abc import Iterator

import yaml

from gateway.errors import ConfigurationError
from gateway.model import Json
from gateway.pdp.table_mistakes import explain_mistake
from gateway.strict import StrictLoader, parse_yaml

_DEEPEST = 32


class _JsonLoader(StrictLoader):
    """A loader that knows JSON's values only."""

    yaml_implicit_resolvers = {}  # noqa: RUF012 - PyYAML's own registry, here emptied
    yaml_constructors = {  # noqa: RUF012
        kind: constructor
        for kind, constructor in yaml.CSafeLoader.yaml_constructors.items()
        if kind in {f"tag:yaml.org,2002:{name}" for name in ("map", "seq", "str", "null", "bool", "int", "float")}
    }


for _tag, _pattern, _first in (
    ("null", r"null|", ["n", ""]),
    ("bool", r"true|false", list("tf")),
    ("int", r"-?(?:0|[1-9][0-9]*)", list("-0123456789")),
    ("float", r"-?(?:0|[1-9][0-9]*)\.[0-9]+", list("-0123456789")),
):
    _JsonLoader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(rf"(?:{_pattern})\Z"), _first)


def parse_table(text: str, name: str) -> Json:
    """The value of a table file; `name` is how the file is called in mistakes.

    Raises:
        ConfigurationError: naming file and line, if the text has duplicate keys, tags, anchors, more than one document
            or anything else that JSON does not have.
    """
    try:
        _refuse_extras(text)
        table: Json = parse_yaml(text, _JsonLoader)
    except yaml.YAMLError as mistake:
        at, why = explain_mistake(text, mistake)
        line = "" if at is None else f", line {at}"
        raise ConfigurationError([f"{name}{line}: this is not a table that can be read; {why}"]) from None
    except ValueError as mistake:
        raise ConfigurationError([f"{name}, {mistake}"]) from None
    return table


def find_lines(text: str) -> dict[tuple[str | int, ...], int]:
    """The line on which each entry of a table stands, by its path; call `parse_table` first."""
    root = yaml.compose(text, _JsonLoader)
    return {} if root is None else dict(_lines_of(root, ()))


def _lines_of(node: yaml.Node, path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], int]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield (*path, key.value), key.start_mark.line + 1
            yield from _lines_of(value, (*path, key.value))
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield (*path, index), item.start_mark.line + 1
            yield from _lines_of(item, (*path, index))


def list_scalars(text: str) -> Iterator[tuple[tuple[str | int, ...], yaml.ScalarNode]]:
    """Each single value of a table, by its path, as it stands in the text; call `parse_table` first."""
    root = yaml.compose(text, _JsonLoader)
    return iter(()) if root is None else _scalars_of(root, ())


def _scalars_of(
    node: yaml.Node, path: tuple[str | int, ...]
) -> Iterator[tuple[tuple[str | int, ...], yaml.ScalarNode]]:
    if isinstance(node, yaml.ScalarNode):
        yield path, node
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield from _scalars_of(value, (*path, key.value))
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield from _scalars_of(item, (*path, index))


def _refuse_extras(text: str) -> None:
    depth = 0
    for event in yaml.parse(text, yaml.CSafeLoader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        named = isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None
        if named or getattr(event, "tag", None) is not None or depth > _DEEPEST:
            line = event.start_mark.line + 1 if event.start_mark else 1
            raise ValueError(f"line {line}: tags, anchors and deep nesting are not accepted")
