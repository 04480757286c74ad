"""YAML without surprises: safe types only, and a key given twice is a mistake."""

from typing import Any

import yaml


class _Loader(yaml.SafeLoader):
    """The safe loader, refusing duplicate keys, which YAML itself forbids and PyYAML lets pass."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        if len(keys) != len(set(keys)):
            raise ValueError(f"line {node.start_mark.line + 1}: a key is given twice")
        return super().construct_mapping(node, deep=deep)


def strict_yaml(text: str) -> Any:  # noqa: ANN401 - any YAML value
    """The one document of a YAML text.

    Raises:
        ValueError: for what is not YAML, or has a key twice, naming the line.
    """
    try:
        return yaml.load(text, Loader=_Loader)  # noqa: S506 - derived from the safe loader
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise ValueError(f"line {line}: {error.problem or 'not YAML'}") from None
    except (yaml.YAMLError, TypeError):
        raise ValueError("not YAML") from None
