"""The shape of the code: the core knows nothing, rooms know the core and hardly one another, `app` joins them."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

GATEWAY = Path(__file__).resolve().parents[1] / "gateway"
PAGE = (GATEWAY.parent / "docs" / "architecture.md").read_text(encoding="utf-8")
CORE: dict[str, set[str]] = {
    "value": set(),
    "model": {"plates", "reasons", "value"},
    "reasons": set(),
    "disclosure": {"reasons"},
    "errors": {"reasons"},
    "plates": set(),
    "kept_words": set(),
    "clock": set(),
    "canonical": set(),
    "obligation_types": set(),
    "durable": set(),
    "row_seals": set(),
    "net": {"timely_answers"},
    "timely_answers": set(),
    "timely_postgres": set(),
    "strict": set(),
    "media": set(),
    "near_words": set(),
    "unseen": set(),
    "written_hosts": {"unseen"},
    "database_faults": set(),
    "call_faults": set(),
    "forward_proxy": {"call_faults", "net"},
    "own_user": set(),
    "own_command": set(),
    "unreadable": set(),
    "secret_file": {"errors", "unreadable"},
    "turns": set(),
    "periodic": set(),
}
"""What everything may import, and what of the core each of its modules may import itself."""
ROOMS: dict[str, set[str]] = {
    "identity": set(),
    "facts": set(),
    "store": set(),
    "pdp": set(),
    "vendors": set(),
    "obligations": set(),
    "upstream": set(),
    "ledger": set(),
    "shipping": {"ledger"},
    "auditing": {"ledger"},
    "lifecycle": {"ledger", "pdp", "auditing"},
    "oversight": {"ledger", "auditing"},
    "ops": {"ledger", "shipping"},
    "approvals": {"store", "pep"},
    "pep": {"identity", "vendors", "pdp", "obligations", "upstream", "ledger"},
    "endpoints": {"pep", "identity", "vendors", "approvals"},
    "server": {"pep", "endpoints", "identity", "vendors", "ops"},
    "demo": set(),
    "witness": {"ledger"},
    "settings": set(),
}
"""What each folder may import beside the core and itself. What is not listed here may import everything."""
JOINING = {"app", "cli"}


@cache
def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imported(path: Path) -> set[str]:
    """What a module imports of the gateway, by the name below it: `gateway.ledger.heads` gives `ledger`."""
    return {name.split(".")[1] for name in dotted(path)}


@cache
def dotted(path: Path) -> set[str]:
    """Every name of the gateway that a module imports, in full."""
    names = set()
    for node in ast.walk(parse(path)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return {name for name in names if name.startswith("gateway.")}


def folders() -> set[str]:
    return {path.name for path in GATEWAY.iterdir() if (path / "__init__.py").exists()} - set(CORE)


def loose() -> set[str]:
    return {path.stem for path in GATEWAY.glob("*.py")} - {"__init__", "__main__"}


def test_every_folder_is_known_to_these_rules():
    assert folders() == set(ROOMS) | JOINING


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_what_it_may(room):
    may = set(CORE) | ROOMS[room] | {room}
    found = {path.relative_to(GATEWAY).as_posix(): imported(path) - may for path in (GATEWAY / room).rglob("*.py")}
    assert {name: others for name, others in found.items() if others} == {}


@pytest.mark.parametrize(("module", "others"), CORE.items())
def test_a_core_module_imports_nothing_else_of_ours(module, others):
    files = [GATEWAY / f"{module}.py"] if (GATEWAY / f"{module}.py").exists() else [*(GATEWAY / module).glob("*.py")]
    assert set().union(*map(imported, files)) - {module} == others


def test_of_the_enforcement_point_only_the_recorder_knows_the_ledger():
    using = {path.name for path in (GATEWAY / "pep").glob("*.py") if "ledger" in imported(path)}
    assert using == {"recorder.py"}


def test_the_journey_knows_no_framework():
    assert "flask" not in (GATEWAY / "pep" / "journey.py").read_text(encoding="utf-8").lower()


def test_only_commands_import_commands_and_only_the_demonstration_imports_itself():
    inside = {path: imported(path) for path in GATEWAY.rglob("*.py")}
    of_commands = {path for path, names in inside.items() if "cli" in names}
    assert {path.relative_to(GATEWAY).parts[0] for path in of_commands} <= {"cli", "__main__.py"}
    of_demo = {path for path, names in inside.items() if "demo" in names}
    assert {path.relative_to(GATEWAY).parts[0] for path in of_demo} <= {"cli", "demo"}


def test_only_app_and_commands_join_the_parts():
    inside = {path: imported(path) for path in GATEWAY.rglob("*.py")}
    using = {path.relative_to(GATEWAY).parts[0] for path, names in inside.items() if "app" in names}
    assert using <= {"app", "cli"}


def test_flask_is_known_to_the_emulators_and_pages_alone():
    using = {
        path.relative_to(GATEWAY).as_posix()
        for path in GATEWAY.rglob("*.py")
        if "from flask" in (text := path.read_text(encoding="utf-8")) or "import flask" in text
    }
    assert {name for name in using if not name.startswith(("vendors/emulator/", "console/"))} == set()


def test_a_public_class_name_is_used_once():
    places: dict[str, list[str]] = {}
    for path in GATEWAY.rglob("*.py"):
        for node in parse(path).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places.setdefault(node.name, []).append(path.relative_to(GATEWAY).as_posix())
    assert {name: files for name, files in places.items() if len(files) > 1} == {}


def test_the_layout_shows_every_folder_and_loose_module():
    [layout] = re.findall(r"```text\n(gateway/.*?)```", PAGE, re.DOTALL)
    shown = set(re.findall(r"[a-z_]+(?=/)", layout)) | set(re.findall(r"[a-z_]+", layout))
    assert (folders() | loose()) - shown == set()
    named = set(re.findall(r"^  ([a-z_]+)/", layout, re.MULTILINE))
    assert named == folders()


LONGEST_FUNCTION, LONGEST_MODULE = 50, 300  # lines
LONG_FUNCTIONS = {"store/migrations/versions/v0001_begin.py upgrade": "the first tables, one after the other"}
LONG_MODULES = {"reasons.py": "one table: each reason with its status, sentence and remedy"}
VERBS_IN_ED = {"feed", "shred", "succeed"}
PARTICIPLES = set(
    "begun bound built found given held kept known left lost made met sent shown taken told written".split()
)


@cache
def functions() -> dict[str, ast.FunctionDef]:
    """Every function of the gateway by its file and name; of those with one name in a file, the longest."""
    found: dict[str, ast.FunctionDef] = {}
    for path in GATEWAY.rglob("*.py"):
        for node in ast.walk(parse(path)):
            if isinstance(node, ast.FunctionDef):
                name = f"{path.relative_to(GATEWAY).as_posix()} {node.name}"
                found[name] = max(found.get(name, node), node, key=length)
    return found


def length(function: ast.FunctionDef) -> int:
    return function.end_lineno - function.lineno + 1


def test_no_function_is_longer_than_a_page_but_those_named_here():
    assert {name for name, node in functions().items() if length(node) > LONGEST_FUNCTION} == set(LONG_FUNCTIONS)


def test_no_module_is_longer_than_can_be_read_at_once_but_those_named_here():
    lines = {path.relative_to(GATEWAY).as_posix(): path.read_text().count("\n") for path in GATEWAY.rglob("*.py")}
    assert {name for name, count in lines.items() if count > LONGEST_MODULE} == set(LONG_MODULES)


def test_no_function_is_named_for_what_it_leaves_behind():
    names = {name: name.split()[1].strip("_") for name, node in functions().items() if not is_property(node)}
    assert {
        name for name, bare in names.items() if re.fullmatch(r"[a-z]+ed", bare) and bare not in VERBS_IN_ED
    } == set()


def is_property(function: ast.FunctionDef) -> bool:
    return any("property" in ast.unparse(decorator) for decorator in function.decorator_list)


def test_only_what_proves_for_whom_a_credential_may_ask_makes_a_proven_user():
    makers = {path for path in GATEWAY.rglob("*.py") if re.search(r"\bProvenUser\((?!\"|')", path.read_text())}
    assert {path.relative_to(GATEWAY).as_posix() for path in makers} == {
        "pep/subject.py",
        "endpoints/whoami.py",  # a person's own key, and about that person alone
        "app/rehearsal.py",  # nobody, before there is a request
    }
