"""A default of a setting is said once, in `gateway/settings/shape.py`; where its value is used, it must be given."""

import ast
from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from gateway.settings import Settings

GATEWAY = Path(__file__).resolve().parents[2] / "gateway"


def parts(field: FieldInfo) -> list[type[BaseModel]]:
    """The sections that a setting is made of; none for a value."""
    kinds = (field.annotation, *getattr(field.annotation, "__args__", ()))
    return [kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)]


def sections(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """A section and all that lie in it."""
    yield model
    for field in model.model_fields.values():
        for part in parts(field):
            yield from sections(part)


def with_defaults() -> set[str]:
    """The settings that have a default."""
    fields = [pair for section in sections(Settings) for pair in section.model_fields.items()]
    found = {name for name, field in fields if not field.is_required() and not parts(field)}
    assert {"timeout_s", "segment_max_bytes", "skew_s", "deadline_ms", "alert_after_s"} <= found
    return found


def trees() -> dict[Path, ast.Module]:
    return {path: ast.parse(path.read_text(encoding="utf-8")) for path in GATEWAY.rglob("*.py")}


def says_something(default: ast.expr | None) -> bool:
    """Whether there is a default, and it is not just that nothing is given."""
    if isinstance(default, ast.Call) and ast.unparse(default.func) == "field":
        return any(keyword.arg in ("default", "default_factory") for keyword in default.keywords)
    return default is not None and ast.unparse(default) not in ("None", "()")


def defaults_of(node: ast.ClassDef | ast.FunctionDef) -> set[str]:
    """The fields of a class, or the arguments of a function or of a class's construction, that may be left out."""
    if isinstance(node, ast.FunctionDef):
        last = node.args.args[len(node.args.args) - len(node.args.defaults) :]
        pairs = [*zip(last, node.args.defaults, strict=True)]
        pairs += [*zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)]
        return {argument.arg for argument, default in pairs if says_something(default)}
    fields = {
        item.target.id
        for item in node.body
        if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name) and says_something(item.value)
    }
    made = [item for item in node.body if isinstance(item, ast.FunctionDef) and item.name == "__init__"]
    return fields.union(*(defaults_of(item) for item in made))


def last_attributes(expression: ast.expr) -> set[str]:
    """Of each dotted name in an expression, the last part."""
    found = [node for node in ast.walk(expression) if isinstance(node, ast.Attribute)]
    within = {node.value for node in found}
    return {node.attr for node in found if node not in within}


def given_settings(call: ast.Call, settings: set[str]) -> set[str]:
    """The arguments of a call that are worked out of a setting; all of them where a whole section is handed over."""
    names = {keyword.arg for keyword in call.keywords if keyword.arg and settings & last_attributes(keyword.value)}
    whole = any(keyword.arg is None and "model_dump" in ast.dump(keyword.value) for keyword in call.keywords)
    return names | settings if whole else names


def test_what_a_setting_decides_has_no_second_default_where_it_is_used():
    settings, modules = with_defaults(), trees()
    defined = {
        node.name: (path, defaults_of(node))
        for path, tree in modules.items()
        if path != GATEWAY / "settings" / "shape.py"
        for node in tree.body
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and not node.name.startswith("_")
    }
    repeated = set()
    for path, tree in modules.items():
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", None)
            if name in defined and path.relative_to(GATEWAY).parts[0] in ("app", "cli"):
                where, defaults = defined[name]
                here = given_settings(call, settings) & defaults
                repeated |= {f"{where.relative_to(GATEWAY)} {name}.{field}" for field in here}
    assert sorted(repeated) == []
