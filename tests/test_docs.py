"""The documentation, held to the code: what can be set, asked, refused, recorded and measured is in it."""

import ast
import inspect
import json
import re
import runpy
from collections.abc import Iterator
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import pytest
import yaml
from prometheus_client import CollectorRegistry
from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from gateway.auditing.source import open_source
from gateway.cli import main
from gateway.disclosure import DisclosureContext, disclose
from gateway.endpoints.router import _ROUTES
from gateway.ledger.alarms import Alarm
from gateway.obligations.draft import OBLIGATIONS
from gateway.ops.metrics import Metrics
from gateway.oversight.detectors import case_forms
from gateway.oversight.detectors.scene import DetectionContext, lay_out
from gateway.pdp.opa.process import OPA_VERSION
from gateway.pep import journey as pep
from gateway.reasons import REASON_TEXTS, Reason
from gateway.settings import Settings, SinkSettings
from gateway.shipping.formats.event_types import KINDS, REQUESTS
from gateway.vendors import load_profile
from gateway.vendors.profile.shapes import check_shape

ROOT = Path(__file__).resolve().parents[1]
PAGES = {page.relative_to(ROOT).as_posix(): page.read_text() for page in (ROOT / "README.md", *ROOT.glob("docs/*.md"))}
OPERATORS, OFFICERS = PAGES["docs/operators.md"], PAGES["docs/officers.md"]
ARCHITECTURE = PAGES["docs/architecture.md"]
SECTIONS = {
    "[server]": "server",
    "[admin]": "admin",
    "[paths]": "paths",
    "[policy]": "policy",
    "[engine]": "engine",
    "[store]": "store",
    "[outbound]": "outbound",
    "[facts]": "facts",
    "[audit]": "audit",
    "[[audit.witnesses]]": "audit.witnesses",
    "[[oidc]]": "oidc",
    "[certificates]": "certificates",
    "[notices]": "notices",
    "[telemetry]": "telemetry",
    "[[vendors]]": "vendors",
    "[vendors.auth]": "vendors.auth",
    "[oversight]": "oversight",
}
FORBIDDEN = re.compile(
    r"/root/|/home/|/work/|/tmp/[a-z]|pypi\.org|pythonhosted|registry\.npmjs|proxy\.golang", re.IGNORECASE
)


def model(dotted: str) -> type[BaseModel]:
    """The part of the settings at this dotted name."""
    found: type[BaseModel] = Settings
    for name in dotted.split("."):
        annotation = found.model_fields[name].annotation
        found = next(part for part in (annotation, *getattr(annotation, "__args__", ())) if _is_model(part))
    return found


def _is_model(part: object) -> bool:
    return isinstance(part, type) and issubclass(part, BaseModel)


def written(default: object) -> str:
    """A default as the table of settings writes it."""
    if default is PydanticUndefined:
        return "required"
    if default is None:
        return "none"
    return f"`{str(default).lower() if isinstance(default, bool) else list(default) if isinstance(default, tuple) else default}`"


def settings() -> Iterator[tuple[str, str, str]]:
    for heading, dotted in SECTIONS.items():
        fields = model(dotted).model_fields
        for key, field in fields.items():
            if not _is_model(field.annotation):
                yield heading, key, written(field.default)


def commands(group: click.Group, *names: str) -> Iterator[str]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from commands(command, *names, name)
        else:
            yield " ".join((*names, name))


def typed(page: str) -> Iterator[str]:
    """The commands of ours in a page's blocks of code, each on one line."""
    for block in re.findall(r"^ *```(?:sh|console|text)\n(.*?)^ *```", page, re.MULTILINE | re.DOTALL):
        for line in re.sub(r"\\\n\s*", "", block).splitlines():
            if told := re.match(r"\s*(?:\$ )?(?:sudo -u \S+ )?lpr-gateway ((?!act |holds).*)", line):
                yield re.split(r"\s+[|>&#]|\s{3,}", told[1])[0]


def anchors(page: str) -> set[str]:
    """The anchors of a page's headings, as they are made where the pages are shown."""
    headings = re.findall(r"^#+ (.*)$", page, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize(("heading", "key", "default"), list(settings()))
def test_every_setting_is_explained_with_its_default(heading: str, key: str, default: str) -> None:
    section = re.split(r"^### ", OPERATORS, flags=re.MULTILINE)
    [text] = [part for part in section if part.startswith(f"`{heading}`")]
    assert f"| `{key}` | {default} |" in text


def test_no_setting_is_explained_that_is_not_there() -> None:
    known = {(heading, key) for heading, key, _ in settings()}
    explained = set()
    for part in re.split(r"^### ", OPERATORS, flags=re.MULTILINE):
        heading = part.split("\n", 1)[0].strip("`")
        if heading in SECTIONS:
            explained |= {(heading, key) for key in re.findall(r"^\| `(\w+)` \|", part.split("\n## ")[0], re.MULTILINE)}
    assert explained == known


@pytest.mark.parametrize("key", SinkSettings.model_fields)
def test_every_setting_of_a_sink_is_explained(key: str) -> None:
    assert f"`{key}`" in PAGES["docs/siem.md"].split("## The chain")[0]


@pytest.mark.parametrize("job", runpy.run_path(str(ROOT / "dev"))["JOBS"])
def test_every_job_of_dev_is_told(job: str) -> None:
    assert f"`./dev {job}" in ARCHITECTURE


@pytest.mark.parametrize("command", list(commands(main)))
def test_every_command_is_named(command: str) -> None:
    assert f"`lpr-gateway {command}" in OPERATORS or f"`{command}" in OPERATORS


@pytest.mark.parametrize("name", [*PAGES, "policies/README.md"])
def test_every_command_in_a_block_of_code_is_one_that_there_is_with_the_options_it_has(name: str) -> None:
    for line in typed((ROOT / name).read_text()):
        words, command, context = line.split(), main, click.Context(main)
        while isinstance(command, click.Group):
            found = command.get_command(context, words.pop(0))
            assert found is not None, line
            command = found
        known = {option for one in command.params for option in one.opts}
        assert {word.split("=")[0] for word in words if word.startswith("-") and len(word) > 1} <= known, line


def test_who_signs_a_policy_and_who_installs_are_told_which_opa_that_takes() -> None:
    assert f"OPA {OPA_VERSION}" in (ROOT / "policies" / "README.md").read_text().split("## Change a number")[0]
    assert OPA_VERSION in OPERATORS.split("## Install")[1].split("\n## ")[0]


@pytest.mark.parametrize("name", [*PAGES, "policies/README.md"])
def test_every_program_of_ours_that_a_page_names_is_there(name: str) -> None:
    for module in re.findall(r"python3? -m (tests\.[\w.]+)", (ROOT / name).read_text()):
        place = ROOT / module.replace(".", "/")
        assert place.with_suffix(".py").is_file() or (place / "__main__.py").is_file(), module


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_is_told_with_its_status_sentence_and_remedy(reason: Reason) -> None:
    told = REASON_TEXTS[reason]
    assert f"| `{reason}` | {told.status} | {told.sentence} | {told.fix} |" in OFFICERS


def test_every_reason_that_is_told_more_vaguely_is_listed_so() -> None:
    stranger = DisclosureContext(assigned=False, target_in_case=False)
    table = OFFICERS.split("| recorded | told |")[1].split("\n\n")[0]
    recorded = "".join(line.split("|")[1] for line in table.splitlines() if line.count("|") > 2)
    vague = {reason for reason in Reason if disclose([reason], stranger).first is not reason}
    assert set(re.findall(r"`(\w+)`", recorded)) == vague


@pytest.mark.parametrize("obligation", OBLIGATIONS)
def test_every_obligation_is_described_to_those_who_write_rules_and_to_those_who_read_them(obligation: str) -> None:
    assert f"| `{obligation}` |" in ARCHITECTURE
    assert f"| `{obligation}` |" in PAGES["docs/policies.md"]


def test_the_picture_of_the_rules_has_every_topic_that_must_say_yes() -> None:
    asked = re.findall(r"data\.lpr\.(\w+)\.satisfied", (ROOT / "policies" / "lpr" / "decision.rego").read_text())
    drawn = re.findall(r"^        (\w+)\[", PAGES["docs/policies.md"], re.MULTILINE)
    assert sorted({*asked} - {"obligations"}) == sorted(drawn)


@pytest.mark.parametrize("purpose", yaml.safe_load((ROOT / "policies/tables/purposes/data.yaml").read_text()).items())
def test_every_purpose_is_listed_with_who_may_use_it(purpose: tuple[str, dict[str, list[str]]]) -> None:
    name, row = purpose
    assert f"| `{name}` | {', '.join(row['components'])} | {', '.join(row['case_kinds'])} |" in OFFICERS


@pytest.mark.parametrize(
    "address",
    [*(path for _, path in _ROUTES), "/gateway/contexts/{id}", "/healthz", "/readyz", "/metrics", "/oauth/token"],
)
def test_every_address_is_listed(address: str) -> None:
    assert address in OPERATORS + OFFICERS


@pytest.mark.parametrize("profile", sorted(path.stem for path in ROOT.glob("gateway/vendors/profiles/*.yaml")))
def test_every_vendors_routes_are_listed_for_officers(profile: str) -> None:
    for operation in load_profile(profile).operations:
        assert f"`{operation.method} {operation.paths[0]}`" in OFFICERS


@pytest.mark.parametrize("profile", sorted(path.stem for path in ROOT.glob("gateway/vendors/profiles/*.yaml")))
def test_the_fields_of_answers_that_pass_are_listed_for_officers_and_no_others(profile: str) -> None:
    known = load_profile(profile)
    for name, table in known.answers.items():
        asked = [one for one in known.operations if one.answer == name]
        begins = f"| {', '.join(f'`{one.method} {one.paths[0]}`' for one in asked)} | "
        told = [
            line.removeprefix(begins).strip("| ").split(" | ")
            for line in OFFICERS.splitlines()
            if line.startswith(begins)
        ]
        listed = {kind: set(re.findall(r"`([^`]+)`", fields)) for kind, fields in told}
        around = {*table.structure, *table.frame}
        assert listed.pop("around the reads", set()) == around
        assert {field: kind for kind, fields in listed.items() for field in fields} == dict(table.row)


@pytest.mark.parametrize("profile", sorted(path.stem for path in ROOT.glob("gateway/vendors/profiles/*.yaml")))
def test_the_fields_of_requests_are_listed_for_officers_and_each_example_has_the_form(profile: str) -> None:
    fields = {name: field for one in load_profile(profile).operations for name, field in one.fields.items()}
    table = re.search(rf"^\| \w+ at {profile}'s .+?\n\n", OFFICERS, re.MULTILINE | re.DOTALL | re.IGNORECASE)
    assert table is not None
    rows = [line.strip("| ").split(" | ") for line in table[0].splitlines()[2:]]
    listed = {name: cells[-1] for cells in rows if cells[0] for name in re.findall(r"`(\w+)`", cells[0])}
    assert listed.keys() == fields.keys()
    for name, told in listed.items():
        shape = fields[name].shape
        for example in re.findall(r"`([\[{].+?)`", told):
            assert shape is not None
            check_shape(shape, json.loads(example), name)


def test_the_tables_that_a_detectors_question_can_look_at_are_listed_with_their_columns(tmp_path: Path) -> None:
    until = datetime(2026, 11, 20, tzinfo=UTC)
    since = until - timedelta(days=1)
    with open_source(tmp_path, threads=1) as source:
        lay_out(source.connection, DetectionContext(), since=since, until=until, before=since, zone="UTC")
        names = ("searches", "period", "persons", *(field.name for field in fields(DetectionContext)))
        there = {name for (name,) in source.connection.execute("SHOW TABLES").fetchall()}
        columns = {
            name: {row[0] for row in source.connection.execute(f"DESCRIBE {name}").fetchall()}
            for name in names
            if name in there
        }
    table = PAGES["docs/oversight.md"].split("### What a question can look at")[1].split("\n\n")[2]
    listed: dict[str, set[str]] = {}
    for line in table.splitlines()[2:]:
        tables, told = line.strip("| ").split(" | ")
        listed |= {name: set(re.findall(r"`(\w+)`", told)) for name in re.findall(r"`(\w+)`", tables)}
    assert listed.keys() == columns.keys()
    assert all(those <= listed[name] for name, those in columns.items())


def test_every_metric_is_listed() -> None:
    registry: CollectorRegistry = Metrics()._registry
    counters = {f"{metric.name}_total" if metric.type == "counter" else metric.name for metric in registry.collect()}
    assert all(len(metric.documentation) > 20 for metric in registry.collect())
    assert counters == set(re.findall(r"^\| `(lpr_\w+)` \|", OPERATORS, re.MULTILINE))


def test_every_line_of_the_log_is_explained() -> None:
    told = r"_?log\.(?:debug|info|warning|error|critical)\(\s*\"([a-z_]+)\""
    lines = {name for path in ROOT.glob("gateway/**/*.py") for name in re.findall(told, path.read_text())}
    assert len(lines) > 15
    table = OPERATORS.split("## Logs")[1].split("```")[0]
    assert lines - {"gunicorn"} <= set(re.findall(r"`(\w+)`", table))


@pytest.mark.parametrize("alarm", Alarm)
def test_every_alarm_says_what_to_do(alarm: Alarm) -> None:
    assert re.search(rf"^\| `{alarm}` \| [^|]{{10,}} \| [^|]{{8,}} \|$", OPERATORS, re.MULTILINE)


@pytest.mark.parametrize("event_type", sorted({*KINDS, *REQUESTS}))
def test_every_kind_of_record_is_described(event_type: str) -> None:
    assert f"`{event_type}`" in PAGES["docs/audit-record.md"]


def find_written() -> tuple[set[str], set[str]]:
    """The event types and the fields that the code writes by name into records other than decisions and outcomes."""
    types, fields = set(), set()
    for path in (ROOT / "gateway").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            if getattr(node.func, "attr", getattr(node.func, "id", "")) not in ("admin_record", "done"):
                continue
            words = [one.value for one in node.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
            types |= {word for word in words if "." in word}
            fields |= {keyword.arg for keyword in node.keywords if keyword.arg}
    return types, fields


def test_every_event_type_that_the_code_writes_is_one_that_siems_are_told_of() -> None:
    types, _ = find_written()
    assert len(types) > 20
    assert types - {*KINDS, *REQUESTS} == set()


def test_every_field_of_a_record_is_described() -> None:
    _, fields = find_written()
    assert len(fields) > 20
    assert {field for field in fields if f"`{field}`" not in PAGES["docs/audit-record.md"]} == set()


@pytest.mark.parametrize(
    "word",
    sorted(
        {
            field.alias or name
            for form in vars(case_forms).values()
            if isinstance(form, type) and issubclass(form, BaseModel)
            for name, field in form.model_fields.items()
        }
    ),
)
def test_every_word_of_a_detectors_case_is_explained_to_who_writes_one(word: str) -> None:
    section = PAGES["docs/oversight.md"].partition("### Trying a changed limit")[2].partition("\n### ")[0]
    assert f"`{word}`" in section


def test_the_ten_steps_are_those_of_the_enforcement_point() -> None:
    steps = dict(re.findall(r"^(\d+)\. (\*\*.*?)(?=^\d+\. |^\n)", ARCHITECTURE, re.MULTILINE | re.DOTALL))
    source = inspect.getsource(pep.serve)
    numbered = re.findall(r"^(.*)# (\d+)$", source, re.MULTILINE)
    assert [*steps] == [str(number) for number in range(1, 11)]
    assert ["1", *(number for _, number in numbered)] == [*steps]
    for line, number in numbered:
        called = re.findall(r"\b(_[a-z]+|policy_input|ports\.recorder\.\w+)\(", line)
        assert called
        assert f"`{called[0]}`" in steps[number]


def test_the_picture_shows_every_step() -> None:
    [picture] = re.findall(r"```mermaid\n(.*?)```", ARCHITECTURE, re.DOTALL)
    shown = {number for label in re.findall(r'\|"?([\d, ]+)"?\|', picture) for number in label.split(", ")}
    assert shown == {str(number) for number in range(1, 11)}


@pytest.mark.parametrize("name", PAGES)
def test_every_relative_link_resolves(name: str) -> None:
    for target in re.findall(r"\]\(([^)]+)\)", PAGES[name]):
        if "://" in target:
            continue
        path, _, anchor = target.partition("#")
        place = (ROOT / name).parent / path if path else ROOT / name
        assert place.exists(), target
        assert not anchor or anchor in anchors(place.read_text()), target


@pytest.mark.parametrize("name", PAGES)
def test_no_page_names_a_machine_or_a_registry(name: str) -> None:
    assert not FORBIDDEN.search(PAGES[name])


@pytest.mark.parametrize("name", [name for name in PAGES if name != "README.md"])
def test_every_page_can_be_reached_from_the_readme(name: str) -> None:
    assert f"]({name})" in PAGES["README.md"]
