"""The shape of the code: domain packages know the core and nothing of one another; others join them."""

import ast
from pathlib import Path

import pytest

GATEWAY = Path(__file__).resolve().parents[1] / "gateway"
DOMAINS = ("identity", "vendors", "facts", "store", "pdp", "obligations", "audit", "upstream")
CORE = {"model", "reasons", "errors", "plates", "clock", "canonical"}
JOINING = ("endpoints", "demo", "cli")
"""Folders that, like the modules beside them, may import every package; no package may import them."""


def imported(path: Path) -> set[str]:
    """What a module imports of the gateway, by the name below it: `gateway.audit.event` gives `audit`."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return {name.split(".")[1] for name in names if name.startswith("gateway.")}


def modules(folder: str) -> list[Path]:
    return sorted((GATEWAY / folder).rglob("*.py"))


def test_every_folder_is_known_to_these_rules():
    folders = {path.name for path in GATEWAY.iterdir() if (path / "__init__.py").exists()}
    assert folders - set(DOMAINS) - set(JOINING) <= {"lifecycle", "oversight", "console"}


@pytest.mark.parametrize("domain", DOMAINS)
def test_a_domain_package_imports_only_the_core_and_itself(domain):
    found = {path.relative_to(GATEWAY).as_posix(): imported(path) - CORE - {domain} for path in modules(domain)}
    assert {name: others for name, others in found.items() if others} == {}


@pytest.mark.parametrize(("module", "others"), [("clock", set()), ("plates", set()), ("canonical", set()), ("model", set()),
                                                ("reasons", set()), ("errors", {"reasons"})])  # fmt: skip
def test_a_core_module_imports_nothing_else_of_ours(module, others):
    assert imported(GATEWAY / f"{module}.py") == others


def test_the_enforcement_point_knows_no_ledger_store_or_framework():
    assert imported(GATEWAY / "pep.py").isdisjoint({"audit", "store", "facts", "app", "front", "worker", "settings"})
    assert "flask" not in (GATEWAY / "pep.py").read_text(encoding="utf-8").lower()


def test_only_commands_import_commands_and_only_the_demonstration_imports_itself():
    inside = {path: imported(path) for path in GATEWAY.rglob("*.py")}
    of_commands = {path for path, names in inside.items() if "cli" in names}
    assert {path.relative_to(GATEWAY).parts[0] for path in of_commands} <= {"cli", "__main__.py"}
    of_demo = {path for path, names in inside.items() if "demo" in names}
    assert {path.relative_to(GATEWAY).parts[0] for path in of_demo} <= {"cli", "demo"}


def test_flask_is_known_in_one_place_of_the_gateway_and_to_the_emulators():
    using = {
        path.relative_to(GATEWAY).as_posix()
        for path in GATEWAY.rglob("*.py")
        if "from flask" in (text := path.read_text(encoding="utf-8")) or "import flask" in text
    }
    assert {name for name in using if not name.startswith(("vendors/emulator/", "console/"))} == {"app.py"}
