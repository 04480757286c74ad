"""The words around the policy: remedies are those that officers are told, and the lawyers' page leaves nothing out."""

import json
import re
from pathlib import Path

from gateway.reasons import POLICY_REASONS, REASON_TEXTS, Reason

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "policies.md").read_text()
_LITERAL = re.compile(r'"code": "(?P<code>\w+)",\s+"message": ".*",\s+"fix": (?P<fix>".*"),')


def _rules():
    return [path for path in (ROOT / "policies" / "lpr").rglob("*.rego") if not path.name.endswith("_test.rego")]


def test_every_reason_is_written_once_with_the_remedy_that_officers_are_told():
    written = [match for path in _rules() for match in _LITERAL.finditer(path.read_text())]
    remedies = {match["code"]: json.loads(match["fix"]) for match in written}
    assert len(written) == len(remedies)
    assert remedies == {
        reason.value: REASON_TEXTS[reason].fix for reason in POLICY_REASONS if reason is not Reason.HOTLIST_TOO_LARGE
    }


def test_the_page_for_lawyers_names_every_topic_table_and_reason():
    topics = {path.parent.name for path in _rules()} - {"lpr"}
    tables = {f"tables/{path.parent.name}" for path in (ROOT / "policies" / "tables").rglob("data.yaml")}
    wanted = topics | tables | {reason.value for reason in POLICY_REASONS}
    assert {name for name in wanted if f"`{name}`" not in PAGE} == set()


def test_what_the_page_quotes_is_in_the_files():
    sources = "".join(path.read_text() for path in (*_rules(), *(ROOT / "policies" / "tables").rglob("data.yaml")))
    found = re.findall(r"^( *)```(?:rego|yaml)\n(.*?)^\1```", PAGE, re.MULTILINE | re.DOTALL)
    quoted = [each for each in found if "obligations:" not in each[1]]  # an edit, tried in test_usual_obligations.py
    assert len(quoted) == 3
    for indent, block in quoted:
        assert re.sub(f"^{indent}", "", block, flags=re.MULTILINE) in sources


def test_what_a_rule_or_number_rests_on_is_an_official_text_never_a_news_site():
    files = [*_rules(), *(ROOT / "policies" / "tables").rglob("data.yaml")]
    hosts = {match for path in files for match in re.findall(r"https?://([^/\s]+)", path.read_text())}
    assert hosts
    assert {host for host in hosts if not host.endswith((".gov", ".mil"))} == set()
